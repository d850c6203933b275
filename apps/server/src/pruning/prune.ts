import type { Database, TableName } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';

/** Rows deleted by one statement: few enough that no other statement waits long for them. */
const BATCH_ROWS = 1000;
const DAY_MS = 24 * 60 * 60_000;

interface Retention {
  readonly table: TableName;
  /** The time that a row's age is counted from. */
  readonly column: string;
  readonly keptDays: number;
}

/**
 * What is deleted, and how long after it expires. An expired token is kept for a day, so that a late user is
 * told so; so is a lockout, in case a server's clock is behind.
 */
function listRetentions(loginAttemptsKeptDays: number): readonly Retention[] {
  return [
    { table: 'auth.login_attempts', column: 'attempted_at', keptDays: loginAttemptsKeptDays },
    { table: 'auth.verification', column: 'expires_at', keptDays: 1 },
    { table: 'auth.lockouts', column: 'expires_at', keptDays: 1 },
    { table: 'auth.sessions', column: 'expires_at', keptDays: 1 },
    // As long as the cookie that identifies them.
    { table: 'auth.known_devices', column: 'last_seen_at', keptDays: 400 },
    { table: 'auth.daily_signups', column: 'day', keptDays: 7 },
    { table: 'auth.outbox', column: 'expires_at', keptDays: 0 },
  ];
}

/** What is old, and when to stop. */
export interface PruneOptions {
  readonly now: Date;
  readonly loginAttemptsKeptDays: number;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Deletes rows that nobody needs any more, in batches, each a statement of its own. Any number of servers may
 * do so at once. Returns how many rows this call deleted.
 */
export async function prune(db: Kysely<Database>, options: PruneOptions): Promise<number> {
  let pruned = 0;
  for (const { table, column, keptDays } of listRetentions(options.loginAttemptsKeptDays)) {
    const before = new Date(options.now.getTime() - keptDays * DAY_MS);
    let rows: bigint;
    do {
      if (options.signal?.aborted) return pruned;
      rows = await deleteBatch(db, { table, column, before });
      pruned += Number(rows);
    } while (rows === BigInt(BATCH_ROWS));
  }
  return pruned;
}

/**
 * The age is checked twice: a row that is renewed while the statement waits for it stays because it is
 * recent, and not only because its `ctid` has changed.
 */
async function deleteBatch(
  db: Kysely<Database>,
  { table, column, before }: { table: TableName; column: string; before: Date },
): Promise<bigint> {
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select ctid from ${sql.table(table)}
      where ${sql.ref(column)} < ${before}
      limit ${BATCH_ROWS}
    )) and ${sql.ref(column)} < ${before}
  `.execute(db);
  return numAffectedRows;
}
