import { AuthError } from '@mana/auth-core/errors/auth-error';
import type { Database } from '@mana/db/database';
import type { EncryptionVault, EncryptionVaultUpdate } from '@mana/db/tables/encryption-vaults';
import { enterUserContext } from '@mana/db/user-context';
import type { Transaction } from 'kysely';
import type { SignedInContext } from '../../trpc/context.ts';
import { whileSignedIn } from '../auth/while-signed-in.service.ts';
import type { ChangeInput } from './vault.schema.ts';
import type { VaultAction } from './vault-audit.repository.ts';
import { auditChange } from './vault-audit.service.ts';
import { toStatus, type VaultStatus } from './vault-status.ts';
import { findVault, readVault, updateVault, type VaultRow } from './vaults.repository.ts';
import { withNamedKek } from './with-named-kek.ts';

interface Change {
  readonly action: VaultAction;
  readonly change: EncryptionVaultUpdate;
  /** What else the change does, in the user's context, once the vault is held. */
  readonly alongside?: (trx: Transaction<Database>) => Promise<void>;
}

/** The caller's vault as it is now. Throws VAULT_NOT_INITIALISED. */
export async function getVault(call: SignedInContext): Promise<VaultRow> {
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
 * lives still. Throws VAULT_CONFLICT or TOKEN_EXPIRED, and SERVICE_UNAVAILABLE as `withNamedKek`.
 */
export async function changeVault(
  call: SignedInContext,
  read: EncryptionVault,
  { action, change, alongside }: Change,
): Promise<VaultStatus> {
  return whileSignedIn(call, async (trx) => {
    const { user_id: userId, revision } = read;
    await enterUserContext(trx, userId);
    const isChanged = await withNamedKek(() => updateVault(trx, { userId, revision }, change));
    if (!isChanged) throw new AuthError('VAULT_CONFLICT');
    await alongside?.(trx);
    await auditChange(trx, call, action);
    return toStatus(await readVault(trx, userId));
  });
}
