import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import { insertAuditEntry } from './audit/vault-audit.repository.ts';
import { deleteVault, findGeneration, findVault } from './vaults.repository.ts';

/** Whether a user has a vault that only their recovery code opens, whatever else they prove. */
export async function needsRecoveryCode(db: Kysely<Database>, userId: string): Promise<boolean> {
  const vault = await findVault(db, userId);
  return vault?.zero_knowledge === true;
}

/**
 * Accepts only what is encrypted under the user's current master key: nobody keeps an earlier one, so
 * anything under it would be lost. No rotation comes in between while the user is locked (`withLiveSession`).
 * In the user's context.
 *
 * Throws VAULT_NOT_INITIALISED, and VAULT_CONFLICT for another generation.
 */
export async function expectCurrentKey(
  trx: Transaction<Database>,
  userId: string,
  generations: readonly number[],
): Promise<void> {
  const current = await findGeneration(trx, userId);
  if (current === undefined) throw new AuthError('VAULT_NOT_INITIALISED');
  if (generations.every((generation) => generation === current)) return;
  const message = 'The key of your vault has changed. Unlock it again, then repeat your change.';
  throw new AuthError('VAULT_CONFLICT', { message });
}

/**
 * Removes the vault of an account that turned out to be somebody else's, with an entry in the audit. Leaves
 * the transaction in that user's context.
 */
export async function forgetVault(trx: Transaction<Database>, userId: string): Promise<void> {
  await enterUserContext(trx, userId);
  if (!(await deleteVault(trx, userId))) return;
  const from = { address: null, userAgent: null, requestId: 'password reset' };
  await insertAuditEntry(trx, { action: 'removed', userId, ...from, status: 'OK' });
}
