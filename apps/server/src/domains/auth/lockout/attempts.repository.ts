import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { SettledAttempt, SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import { settleAttempt } from '../../../sessions/settle-attempt.repository.ts';
import type { LockoutChange } from './lockouts.repository.ts';
import { toRow } from './lockouts.repository.ts';

/**
 * Settles a guess: the lockout as decided, and with it what `settleAttempt` writes. Answers false, having
 * written nothing, if the lockout isn't at `version`.
 */
export async function settleLockout(
  db: Kysely<Database>,
  lockout: LockoutChange & { readonly version: number },
  guess: SettledAttempt,
  writes: SuccessWrites = {},
): Promise<boolean> {
  const row = toRow(lockout);
  const decision = sql`settled as (
    update auth.lockouts
    set state = ${row.state}::jsonb, expires_at = ${row.expires_at}, version = version + 1
    where email = ${lockout.email} and version = ${lockout.version}
    returning email
  )`;
  return settleAttempt(db, decision, guess, writes);
}
