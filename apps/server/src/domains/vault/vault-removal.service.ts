import { enterUserContext } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { insertAuditEntry } from './audit/vault-audit.repository.ts';
import { deleteVault } from './vaults.repository.ts';

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
