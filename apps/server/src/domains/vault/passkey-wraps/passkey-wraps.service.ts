import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import type { SignedInContext } from '../../../trpc/context.ts';
import { auditChange } from '../audit/vault-audit.service.ts';
import { changeVault, expectRevision, getVault } from '../change-vault.ts';
import type { ClearPasskeyWrapInput, PasskeyWrapInput } from '../vault.schema.ts';
import type { VaultStatus } from '../vault-status.ts';
import { verifyPossession } from '../verify-possession.ts';
import { deletePasskeyWrap, hasPasskey, putPasskeyWrap } from './passkey-wraps.repository.ts';

/**
 * Stores the master key's wrap for one of the caller's passkeys, which their device made, in place of any
 * earlier one. The owner gets a mail. In zero-knowledge mode it needs proof of the master key: ZK_ACTIVE
 * without one, VALIDATION for a wrong one. Throws NOT_FOUND for a passkey that isn't the caller's, and VAULT_CONFLICT
 * for the wrap of another generation.
 */
export async function setPasskeyWrap(
  call: SignedInContext,
  input: PasskeyWrapInput,
): Promise<VaultStatus> {
  const vault = await getVault(call);
  expectRevision(vault, input);
  if (vault.generation !== input.generation) throw new AuthError('VAULT_CONFLICT');
  if (vault.zero_knowledge) await verifyPossession(vault, input.proof, { trustFirst: false });
  const { user_id: userId, generation } = vault;
  const { passkeyId } = input;
  return changeVault(call, vault, {
    action: 'passkey_set',
    change: {},
    async alongside(trx) {
      if (!(await hasPasskey(trx, { userId, passkeyId }))) throw new AuthError('NOT_FOUND');
      await putPasskeyWrap(trx, {
        passkey_id: passkeyId,
        user_id: userId,
        generation,
        wrapped_mk: input.wrappedMk,
        wrap_iv: input.wrapIv,
        format_version: input.formatVersion,
        created_at: call.deps.now(),
      });
    },
  });
}

/**
 * Deletes the wrap of one of the caller's passkeys, which still signs them in. The owner gets a mail. Throws
 * NOT_FOUND where there is none.
 */
export async function clearPasskeyWrap(
  call: SignedInContext,
  input: ClearPasskeyWrapInput,
): Promise<VaultStatus> {
  const vault = await getVault(call);
  expectRevision(vault, input);
  const { user_id: userId } = vault;
  const { passkeyId } = input;
  return changeVault(call, vault, {
    action: 'passkey_clear',
    change: {},
    async alongside(trx) {
      if (!(await deletePasskeyWrap(trx, { userId, passkeyId }))) throw new AuthError('NOT_FOUND');
    },
  });
}

/**
 * Deletes the wrap of a passkey that is being removed, with an entry in the audit if there was one. Leaves
 * the transaction in the caller's context.
 */
export async function forgetPasskeyWrap(
  trx: Transaction<Database>,
  call: SignedInContext,
  passkeyId: string,
): Promise<void> {
  const userId = call.session.user.id;
  await enterUserContext(trx, userId);
  if (await deletePasskeyWrap(trx, { userId, passkeyId })) {
    await auditChange(trx, call, 'passkey_clear');
  }
}
