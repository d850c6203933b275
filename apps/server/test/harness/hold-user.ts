import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { TestServer } from './test-server.ts';

/**
 * Holds a user as a reset does, begins `call`, and once that waits for the user, does `work` and commits.
 * Answers what the call did then.
 */
export async function commitDuring<T>(
  { owner }: TestServer,
  userId: string,
  work: (trx: Transaction<Database>) => Promise<unknown>,
  call: () => Promise<T>,
): Promise<T> {
  let answer: Promise<T> | undefined;
  await owner.transaction().execute(async (trx) => {
    await sql`select from auth.users where id = ${userId} for no key update`.execute(trx);
    answer = call();
    await expect.poll(() => countWaiting(trx)).toBeGreaterThan(0);
    await work(trx);
  });
  if (!answer) throw new Error('The call was never made');
  return answer;
}

/** How many statements wait for a lock in this database. */
export async function countWaiting(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql`
    select from pg_locks join pg_stat_activity using (pid)
    where not granted and datname = current_database()
  `.execute(db);
  return rows.length;
}
