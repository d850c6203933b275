import {
  createRouter,
  freshProcedure,
  publicProcedure,
  requireFreshSession,
  sessionProcedure,
  signedInProcedure,
} from '../../trpc/procedures.ts';
import type { VaultAction } from './audit/vault-audit.repository.ts';
import { auditFailure, readAudit } from './audit/vault-audit.service.ts';
import { releaseKey } from './keys/key-release.service.ts';
import {
  listPasskeyOptions,
  releasePasskeyWraps,
} from './passkey-wraps/passkey-release.service.ts';
import { clearPasskeyWrap, setPasskeyWrap } from './passkey-wraps/passkey-wraps.service.ts';
import { clearRecoveryWrap, setRecoveryWrap } from './recovery.service.ts';
import {
  auditInput,
  changeInput,
  clearPasskeyWrapInput,
  disableZeroKnowledgeInput,
  setPasskeyWrapInput,
  setRecoveryWrapInput,
} from './vault.schema.ts';
import { initVault, readStatus, rotateVault } from './vault-setup.service.ts';
import { disableZeroKnowledge, enableZeroKnowledge } from './zero-knowledge.service.ts';

/** For the session itself, no access token. Failures go on the audit too. */
function audited(action: VaultAction) {
  return sessionProcedure.use(async ({ ctx, next }) => {
    const result = await next();
    if (!result.ok) {
      await auditFailure(ctx, { action, userId: ctx.session.user.id, error: result.error });
    }
    return result;
  });
}

/** As `audited`, within ten minutes of the last authentication, else REAUTHENTICATION_REQUIRED (security check S36). */
function freshlyAudited(action: VaultAction) {
  return audited(action).use(async ({ ctx, next }) => {
    requireFreshSession(ctx);
    return next();
  });
}

/** The procedures under `vault`. */
export const vaultRouter = createRouter({
  status: signedInProcedure.query(({ ctx }) => readStatus(ctx)),
  init: audited('init').mutation(({ ctx }) => initVault(ctx)),
  /** Looks the session up itself, in the statement that reads the wrap. */
  key: publicProcedure.mutation(({ ctx }) => releaseKey(ctx)),
  rotate: freshlyAudited('rotate')
    .input(changeInput)
    .mutation(({ ctx, input }) => rotateVault(ctx, input)),
  setRecoveryWrap: freshlyAudited('recovery_set')
    .input(setRecoveryWrapInput)
    .mutation(({ ctx, input }) => setRecoveryWrap(ctx, input)),
  clearRecoveryWrap: freshlyAudited('recovery_clear')
    .input(changeInput)
    .mutation(({ ctx, input }) => clearRecoveryWrap(ctx, input)),
  /** As `key`. */
  passkeyWraps: publicProcedure.mutation(({ ctx }) => releasePasskeyWraps(ctx)),
  /** Fresh, as setting the wrap is, so that users reauthenticate before the browser asks for a passkey. */
  passkeyOptions: freshProcedure.mutation(({ ctx }) => listPasskeyOptions(ctx)),
  setPasskeyWrap: freshlyAudited('passkey_set')
    .input(setPasskeyWrapInput)
    .mutation(({ ctx, input }) => setPasskeyWrap(ctx, input)),
  clearPasskeyWrap: freshlyAudited('passkey_clear')
    .input(clearPasskeyWrapInput)
    .mutation(({ ctx, input }) => clearPasskeyWrap(ctx, input)),
  enableZeroKnowledge: freshlyAudited('zk_enable')
    .input(changeInput)
    .mutation(({ ctx, input }) => enableZeroKnowledge(ctx, input)),
  disableZeroKnowledge: freshlyAudited('zk_disable')
    .input(disableZeroKnowledgeInput)
    .mutation(({ ctx, input }) => disableZeroKnowledge(ctx, input)),
  audit: signedInProcedure.input(auditInput).query(({ ctx, input }) => readAudit(ctx, input)),
});
