import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { EncryptionVault, EncryptionVaultUpdate } from '@mana/db/schema/vault';
import type { Transaction } from 'kysely';
import { notifyOwner } from '../../mail/notify-owner.ts';
import { withLiveSession } from '../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { auditChange } from './audit/vault-audit.service.ts';
import { type NotifiedAction, vaultMail } from './vault.mails.ts';
import type { ChangeInput } from './vault.schema.ts';
import { toStatus, type VaultStatus } from './vault-status.ts';
import { findVault, readVault, updateVault, type VaultRow } from './vaults.repository.ts';

interface Change {
  readonly action: NotifiedAction;
  readonly change: EncryptionVaultUpdate;
  /** What else is written, in the user's context, once the vault's row is locked. */
  readonly alongside?: (trx: Transaction<Database>) => Promise<void>;
}

/** The caller's vault as it is now. Throws VAULT_NOT_INITIALISED. */
export async function getVault(call: SignedInContext): Promise<VaultRow> {
  const vault = await findVault(call.deps.db, call.session.user.id);
  if (!vault) throw new AuthError('VAULT_NOT_INITIALISED');
  return vault;
}

/**
 * Throws VAULT_CONFLICT where the vault has changed since the caller decided. A caller who names no
 * revision decides on what was just read.
 */
export function expectRevision(vault: EncryptionVault, { revision }: ChangeInput): void {
  if (revision !== undefined && vault.revision !== revision) throw new AuthError('VAULT_CONFLICT');
}

/**
 * Changes the vault that was read, with an entry in the audit and a mail to the owner, provided that nobody has
 * changed it since and the session is still live.
 *
 * Throws VAULT_CONFLICT or TOKEN_EXPIRED, and SERVICE_UNAVAILABLE as `withRegisteredKek` does.
 */
export async function changeVault(
  call: SignedInContext,
  read: EncryptionVault,
  { action, change, alongside }: Change,
): Promise<VaultStatus> {
  return withLiveSession(call, async (trx, { email }) => {
    const { user_id: userId, revision } = read;
    await enterUserContext(trx, userId);
    const isChanged = await withRegisteredKek(() => updateVault(trx, { userId, revision }, change));
    if (!isChanged) throw new AuthError('VAULT_CONFLICT');
    await alongside?.(trx);
    await auditChange(trx, call, action);
    await notifyOwner(call, trx, email, (about) => vaultMail(action, about));
    return toStatus(await readVault(trx, userId));
  });
}

/**
 * Does a write that may name the active KEK. Throws SERVICE_UNAVAILABLE if that KEK was retired while this
 * server still has it: nothing is wrong with the vault, and another server can do it.
 */
export async function withRegisteredKek<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isUnregisteredKek(error)) throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
    throw error;
  }
}

function isUnregisteredKek(error: unknown): boolean {
  return (
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'encryption_vaults_kek_id_fkey'
  );
}
