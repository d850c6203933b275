import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import { isBefore, microsOf, type TimePosition } from '../../../pagination.ts';

/** What is done with a vault. `auth.fetch_vault_key` writes `fetch` and `failed_fetch` too. */
export type VaultAction =
  | 'init'
  | 'fetch'
  | 'rotate'
  | 'recovery_set'
  | 'recovery_clear'
  | 'zk_enable'
  | 'zk_disable'
  | 'passkey_set'
  | 'passkey_clear'
  | 'removed';

/** What the audit calls it: done, or failed. */
export type AuditAction = VaultAction | `failed_${VaultAction}`;

/** An entry to be written. */
export interface AuditEntry {
  readonly action: AuditAction;
  readonly userId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** `OK`, or the code of the refusal. */
  readonly status: string;
}

/** Writes an entry. The transaction is in the user's context. */
export async function insertAuditEntry(
  trx: Transaction<Database>,
  entry: AuditEntry,
): Promise<void> {
  await trx
    .insertInto('auth.encryption_vault_audit')
    .values({
      user_id: entry.userId,
      action: entry.action,
      ip_address: entry.address,
      user_agent: entry.userAgent,
      context: entry.requestId,
      status: entry.status,
    })
    .execute();
}

/** An entry as its user sees it. */
export interface PublicAuditEntry {
  readonly id: string;
  /** One of ours, or whatever an earlier system wrote. */
  readonly action: AuditAction | (string & Record<never, never>);
  readonly status: string | null;
  readonly createdAt: Date;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** The newest `limit` entries of a user, or those before a position, newest first. */
export async function listAuditEntries(
  db: Kysely<Database>,
  userId: string,
  { before, limit }: { before: TimePosition | null; limit: number },
): Promise<(PublicAuditEntry & { readonly position: TimePosition })[]> {
  const rows = await asUser(db, userId, (trx) => {
    let query = trx
      .selectFrom('auth.encryption_vault_audit')
      .select([
        'id',
        'action',
        'status',
        'created_at as createdAt',
        'ip_address as ipAddress',
        'user_agent as userAgent',
      ])
      .select(microsOf('created_at').as('micros'))
      .where('user_id', '=', userId);
    if (before) query = query.where(isBefore('created_at', before, 'text'));
    return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  });
  return rows.map(({ micros, ...entry }) => ({ ...entry, position: { micros, id: entry.id } }));
}
