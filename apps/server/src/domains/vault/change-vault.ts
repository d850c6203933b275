import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { EncryptionVault, EncryptionVaultUpdate } from '@mana/db/schema/vault';
import type { Transaction } from 'kysely';
import { withLiveSession } from '../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import type { VaultAction } from './audit/vault-audit.repository.ts';
import { auditChange } from './audit/vault-audit.service.ts';
import { withNamedKek } from './keys/with-registered-kek.ts';
import type { ChangeInput } from './vault.schema.ts';
import { toStatus, type VaultStatus } from './vault-status.ts';
import { findVault, readVault, updateVault, type VaultRow } from './vaults.repository.ts';

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
  return withLiveSession(call, async (trx) => {
    const { user_id: userId, revision } = read;
    await enterUserContext(trx, userId);
    const isChanged = await withNamedKek(() => updateVault(trx, { userId, revision }, change));
    if (!isChanged) throw new AuthError('VAULT_CONFLICT');
    await alongside?.(trx);
    await auditChange(trx, call, action);
    return toStatus(await readVault(trx, userId));
  });
}
