import type { Lockout } from '@mana/auth-core/lockout/lockout';
import { parseLockout } from '@mana/auth-core/lockout/parse-lockout';
import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';

/** An account's lockout as it was read; `version` null when there was no row. */
export interface SeenLockout {
  readonly lockout: Lockout | null;
  readonly version: number | null;
}

/** Throws where the row is damaged: that is the server's fault and locks nobody. */
export function toSeenLockout(
  row: { state: object | null; version: number | null } | undefined,
): SeenLockout {
  if (!row?.state || row.version === null) return { lockout: null, version: null };
  return { lockout: parseLockout(row.state), version: row.version };
}

export async function readLockout(db: Kysely<Database>, email: string): Promise<SeenLockout> {
  const row = await db
    .selectFrom('auth.lockouts')
    .select(['state', 'version'])
    .where('email', '=', email)
    .executeTakeFirst();
  return toSeenLockout(row);
}

/** Whether an address's row holds anything, whatever it is: also what nobody can read any more. */
export async function isAnythingCounted(db: Kysely<Database>, email: string): Promise<boolean> {
  const row = await db
    .selectFrom('auth.lockouts')
    .select('email')
    .where('email', '=', email)
    .where('state', '!=', sql<object>`${JSON.stringify(NO_LOCKOUT)}::jsonb`)
    .executeTakeFirst();
  return row !== undefined;
}

export interface LockoutChange {
  readonly email: string;
  /** Null leaves an empty row: a version never comes twice, so a late writer always loses. */
  readonly next: Lockout | null;
  readonly expiresAt: Date;
}

/**
 * Stores `change` if nobody has changed the row since it was `seen`, and answers the new version, or
 * null when the race was lost. One committed statement.
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
 * Unlocks an account on every device, and ends every guess under way: one that has its place loses it,
 * and one that has none yet finds that its account was seen too early. Holds up others until `db`'s
 * transaction ends, so what comes after it there is done before any of them.
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
export function toRow(change: Omit<LockoutChange, 'email'>): { state: string; expires_at: Date } {
  return { state: JSON.stringify(change.next ?? NO_LOCKOUT), expires_at: change.expiresAt };
}

const NO_LOCKOUT: Lockout = { buckets: {}, consecutiveFailures: 0 };
