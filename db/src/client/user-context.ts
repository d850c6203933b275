import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../schema/database.ts';

/**
 * Lets a transaction see this user's rows, and no others, in the tables that show rows to their user
 * alone. Ends with the transaction, so a connection returns to its pool without it.
 *
 * Throws a `TypeError` for an empty id before anything is sent.
 */
export async function enterUserContext(trx: Transaction<Database>, userId: string): Promise<void> {
  if (userId === '') throw new TypeError('The id of the user is empty');
  await sql`select set_config('app.current_user_id', ${userId}, true)`.execute(trx);
}

/** Does `work` in a transaction of its own that sees this user's rows. Throws as `enterUserContext`. */
export async function asUser<T>(
  db: Kysely<Database>,
  userId: string,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  if (userId === '') throw new TypeError('The id of the user is empty');
  return db.transaction().execute(async (trx) => {
    await enterUserContext(trx, userId);
    return work(trx);
  });
}
