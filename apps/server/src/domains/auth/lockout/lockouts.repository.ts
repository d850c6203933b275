import type { Lockout, LockoutPolicy } from '@mana/auth-core/lockout/lockout';
import { lockoutExpiresAtMs } from '@mana/auth-core/lockout/lockout';
import { parseLockout } from '@mana/auth-core/lockout/parse-lockout';
import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { SettledAttempt, SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import { settleAttempt } from '../../../sessions/settle-attempt.repository.ts';

/** How long consecutive failures are remembered, after the last of them. */
const REMEMBERED_MS = 365 * 24 * 60 * 60_000;

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

/** The lockout of an address, and whether the failure of an attempt that ended at that time is stored. */
export async function readLockoutAndAttempt(
  db: Kysely<Database>,
  { email, id, at }: { email: string; id: string; at: Date | undefined },
): Promise<SeenLockout & { isStored: boolean }> {
  const { rows } = await sql<{ state: object | null; version: number | null; isStored: boolean }>`
    select lockout.state, lockout.version, exists (
      select from auth.login_attempts
      where email = ${email} and attempted_at = ${at ?? null}::timestamptz and attempt_id = ${id}
    ) as "isStored"
    from (values (1)) as asked left join auth.lockouts as lockout on lockout.email = ${email}
  `.execute(db);
  const [row] = rows;
  return { ...toSeenLockout(row), isStored: row?.isStored ?? false };
}

/** Stores a lockout without the failure of an attempt, and removes that from the log. False as `settleLockout`. */
export async function retractFailure(
  db: Kysely<Database>,
  lockout: LockoutChange & { readonly version: number },
  { id, at }: { id: string; at: Date },
): Promise<boolean> {
  const row = toRow(lockout);
  const { rows } = await sql`
    with retracted as (
      update auth.lockouts
      set state = ${row.state}::jsonb, expires_at = ${row.expires_at}, version = version + 1
      where email = ${lockout.email} and version = ${lockout.version}
      returning email
    ), forgotten as (
      delete from auth.login_attempts
      where email = (select email from retracted) and attempted_at = ${at}::timestamptz
        and attempt_id = ${id}
    )
    select email from retracted
  `.execute(db);
  return rows.length === 1;
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

/** What is stored of a lockout. The same for an address that nobody has: when it forgets must not tell it apart. */
export function toLockoutChange(
  policy: LockoutPolicy,
  { email, lockout, now }: { email: string; lockout: Lockout | null; now: Date },
): LockoutChange {
  const endsAtMs = lockout ? lockoutExpiresAtMs(lockout, policy) : 0;
  return { email, next: lockout, expiresAt: new Date(endsAtMs ?? now.getTime() + REMEMBERED_MS) };
}

/** The columns of a row but its key and version. */
function toRow(change: Omit<LockoutChange, 'email'>): { state: string; expires_at: Date } {
  return { state: JSON.stringify(change.next ?? NO_LOCKOUT), expires_at: change.expiresAt };
}

const NO_LOCKOUT: Lockout = { buckets: {}, consecutiveFailures: 0 };
