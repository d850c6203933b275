import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { EncryptionVault } from '@mana/db/schema/vault';
import type { SignedInContext } from '../../trpc/context.ts';
import { changeVault, expectRevision, getVault } from './change-vault.ts';
import type { ChangeInput, RecoveryWrapInput } from './vault.schema.ts';
import type { VaultStatus } from './vault-status.ts';
import { verifyPossession } from './verify-possession.ts';

/**
 * Stores the master key's wrap for a recovery code, which the caller's device made, in place of any earlier
 * one. The owner gets a mail. In zero-knowledge mode that wrap may be the only way in, so replacing it needs
 * proof of the master key: ZK_ACTIVE without one, VALIDATION for a wrong one. After a rotation VALIDATION
 * for format 1.
 */
export async function setRecoveryWrap(
  call: SignedInContext,
  input: RecoveryWrapInput,
): Promise<VaultStatus> {
  const vault = await getVault(call);
  expectRevision(vault, input);
  expectBoundGeneration(vault, input);
  const verifier = vault.zero_knowledge
    ? await verifyPossession(vault, input.proof, { trustFirst: true })
    : null;
  const change = {
    recovery_wrapped_mk: input.recoveryWrappedMk,
    recovery_iv: input.recoveryIv,
    recovery_format_version: input.formatVersion ?? 1,
    recovery_set_at: call.deps.now(),
    ...(verifier !== null && { possession_verifier: verifier }),
  };
  return changeVault(call, vault, { action: 'recovery_set', change });
}

/** Deletes the recovery wrap. The owner gets a mail. Throws ZK_ACTIVE, or RECOVERY_WRAP_MISSING. */
export async function clearRecoveryWrap(
  call: SignedInContext,
  decidedOn: ChangeInput,
): Promise<VaultStatus> {
  const vault = await getVault(call);
  if (vault.zero_knowledge) throw new AuthError('ZK_ACTIVE');
  expectRevision(vault, decidedOn);
  if (vault.recovery_wrapped_mk === null) throw new AuthError('RECOVERY_WRAP_MISSING');
  const change = { recovery_wrapped_mk: null, recovery_iv: null, recovery_set_at: null };
  return changeVault(call, vault, { action: 'recovery_clear', change });
}

/** Format 1 says nothing of the generation, so after a rotation no client would open it. */
function expectBoundGeneration(
  { generation }: EncryptionVault,
  { formatVersion }: RecoveryWrapInput,
): void {
  if (formatVersion === 2 || generation === 1) return;
  const message = 'A vault whose key was rotated needs a recovery wrap in format 2.';
  throw new AuthError('VALIDATION', { path: 'formatVersion', message });
}
