import type { Lockout } from '@mana/auth-core/lockout/lockout';
import { parseLockout } from '@mana/auth-core/lockout/parse-lockout';
import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { SettledAttempt, SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import { settleAttempt } from '../../../sessions/settle-attempt.repository.ts';

/** An account's lockout as it was read; `version` null when there was no row. */
export interface SeenLockout {
  readonly lockout: Lockout | null;
  readonly version: number | null;
}

/** Parses the columns of a row. Throws if they are damaged: that is the server's fault and locks nobody. */
export function toSeenLockout(
  row: { state: object | null; version: number | null } | undefined,
): SeenLockout {
  if (!row?.state || row.version === null) return { lockout: null, version: null };
  return { lockout: parseLockout(row.state), version: row.version };
}

/** The lockout of an address, whether or not anybody has an account with it. */
export async function readLockout(db: Kysely<Database>, email: string): Promise<SeenLockout> {
  const row = await db
    .selectFrom('auth.lockouts')
    .select(['state', 'version'])
    .where('email', '=', email)
    .executeTakeFirst();
  return toSeenLockout(row);
}

/** Whether an address's row holds anything, even if it can't be parsed. */
export async function isAnythingCounted(db: Kysely<Database>, email: string): Promise<boolean> {
  const row = await db
    .selectFrom('auth.lockouts')
    .select('email')
    .where('email', '=', email)
    .where('state', '!=', sql<object>`${JSON.stringify(NO_LOCKOUT)}::jsonb`)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a decision leaves of a lockout. */
export interface LockoutChange {
  readonly email: string;
  /** Null leaves an empty row: no version is used twice, so a late writer always loses. */
  readonly next: Lockout | null;
  readonly expiresAt: Date;
}

/**
 * Stores `change` unless somebody has changed the row since it was `seen`. Answers the new version, or
 * null if the race was lost. One committed statement.
 */
export async function compareAndSetLockout(
  db: Kysely<Database>,
  seen: SeenLockout,
  change: LockoutChange,
): Promise<number | null> {
  const values = toRow(change);
  const row = await db
    .insertInto('auth.lockouts')
    .values({ email: change.email, ...values, version: 1 })
    .onConflict((conflict) =>
      seen.version === null
        ? conflict.doNothing()
        : conflict
            .column('email')
            .doUpdateSet((eb) => ({ ...values, version: eb('auth.lockouts.version', '+', 1) }))
            .where('auth.lockouts.version', '=', seen.version),
    )
    .returning('version')
    .executeTakeFirst();
  return row?.version ?? null;
}

/**
 * Settles an attempt: stores the lockout as decided, and with it what `settleAttempt` writes. Answers
 * false, having written nothing, if the lockout isn't at `version`.
 */
export async function settleLockout(
  db: Kysely<Database>,
  lockout: LockoutChange & { readonly version: number },
  attempt: SettledAttempt,
  writes: SuccessWrites = {},
): Promise<boolean> {
  const row = toRow(lockout);
  const decision = sql`settled as (
    update auth.lockouts
    set state = ${row.state}::jsonb, expires_at = ${row.expires_at}, version = version + 1
    where email = ${lockout.email} and version = ${lockout.version}
    returning email
  )`;
  return settleAttempt(db, decision, attempt, writes);
}

/**
 * Unlocks an account on every device, and ends every attempt in progress: one that holds a reservation
 * loses it, and one that has none yet finds that it saw the account too early. Blocks the others until
 * `db`'s transaction ends, so whatever follows in it is done before any of them.
 */
export async function clearLockout(db: Kysely<Database>, email: string): Promise<void> {
  const cleared = { state: JSON.stringify(NO_LOCKOUT), expires_at: sql<Date>`now()` };
  await db
    .insertInto('auth.lockouts')
    .values({ email, ...cleared, version: 1 })
    .onConflict((conflict) =>
      conflict
        .column('email')
        .doUpdateSet((eb) => ({ ...cleared, version: eb('auth.lockouts.version', '+', 1) })),
    )
    .execute();
}

/** The columns of a row but its key and version. */
function toRow(change: Omit<LockoutChange, 'email'>): { state: string; expires_at: Date } {
  return { state: JSON.stringify(change.next ?? NO_LOCKOUT), expires_at: change.expiresAt };
}

const NO_LOCKOUT: Lockout = { buckets: {}, consecutiveFailures: 0 };
