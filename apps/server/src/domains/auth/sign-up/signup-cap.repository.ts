import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql, type Transaction } from 'kysely';

/**
 * Counts one of the day's sign-ups, atomically: of any number of callers on any number of servers, at most
 * `limit` get true. Others of that day wait until `trx` ends; rolling it back undoes the count.
 */
export async function incrementSignups(
  trx: Transaction<Database>,
  { day, limit }: { day: string; limit: number },
): Promise<boolean> {
  const row = await trx
    .insertInto('auth.daily_signups')
    .values({ day, signups: 1 })
    .onConflict((conflict) =>
      conflict
        .column('day')
        .doUpdateSet((eb) => ({ signups: eb('auth.daily_signups.signups', '+', 1) }))
        .where('auth.daily_signups.signups', '<', limit),
    )
    .returning('signups')
    .executeTakeFirst();
  return row !== undefined;
}

/** Undoes a count that the same transaction has made. */
export async function decrementSignups(trx: Transaction<Database>, day: string): Promise<void> {
  await trx
    .updateTable('auth.daily_signups')
    .set((eb) => ({ signups: eb('signups', '-', 1) }))
    .where('day', '=', sql<Date>`${day}::date`)
    .execute();
}

/** How many sign-ups a day has had. */
export async function countSignups(db: Kysely<Database>, day: string): Promise<number> {
  const row = await db
    .selectFrom('auth.daily_signups')
    .select('signups')
    .where('day', '=', sql<Date>`${day}::date`)
    .executeTakeFirst();
  return row?.signups ?? 0;
}
