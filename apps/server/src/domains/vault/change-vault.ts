import { AuthError } from '@mana/auth-core/errors/auth-error';
import type { EncryptionVault, EncryptionVaultUpdate } from '@mana/db/tables/encryption-vaults';
import { enterUserContext } from '@mana/db/user-context';
import type { SignedInContext } from '../../trpc/context.ts';
import { whileSignedIn } from '../auth/while-signed-in.service.ts';
import type { ChangeInput } from './vault.schema.ts';
import type { VaultAction } from './vault-audit.repository.ts';
import { auditChange } from './vault-audit.service.ts';
import { toStatus, type VaultStatus } from './vault-status.ts';
import { findVault, updateVault } from './vaults.repository.ts';

/** The caller's vault as it is now. Throws VAULT_NOT_INITIALISED. */
export async function getVault(call: SignedInContext): Promise<EncryptionVault> {
  const vault = await findVault(call.deps.db, call.session.user.id);
  if (!vault) throw new AuthError('VAULT_NOT_INITIALISED');
  return vault;
}

/**
 * Throws VAULT_CONFLICT where the vault isn't any more what the caller decided on. Who doesn't say decides on
 * what was just read.
 */
export function expectRevision(vault: EncryptionVault, { revision }: ChangeInput): void {
  if (revision !== undefined && vault.revision !== revision) throw new AuthError('VAULT_CONFLICT');
}

/**
 * Changes the vault that was read, with the entry in the audit, if nobody changed it since and the session
 * lives still. Throws VAULT_CONFLICT or TOKEN_EXPIRED.
 */
export async function changeVault(
  call: SignedInContext,
  read: EncryptionVault,
  { action, change }: { action: VaultAction; change: EncryptionVaultUpdate },
): Promise<VaultStatus> {
  return whileSignedIn(call, async (trx) => {
    const { user_id: userId, revision } = read;
    await enterUserContext(trx, userId);
    const changed = await updateVault(trx, { userId, revision }, change);
    if (!changed) throw new AuthError('VAULT_CONFLICT');
    await auditChange(trx, call, action);
    return toStatus(changed);
  });
}
