import type { Database } from '@mana/db/database';
import type { User, UserUpdate } from '@mana/db/tables/users';
import type { Kysely, Transaction } from 'kysely';

/** The user with this address, which has to be in its normal form (lower case). */
export async function findUserByEmail(
  db: Kysely<Database>,
  email: string,
): Promise<User | undefined> {
  return db.selectFrom('auth.users').selectAll().where('email', '=', email).executeTakeFirst();
}

/** Changes a profile and answers the user as it is now, or undefined if there is none. */
export async function updateUser(
  db: Kysely<Database>,
  id: string,
  change: UserUpdate,
): Promise<User | undefined> {
  return db
    .updateTable('auth.users')
    .set(change)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

export async function markEmailVerified(
  trx: Transaction<Database>,
  id: string,
  now: Date,
): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({ email_verified: true, updated_at: now })
    .where('id', '=', id)
    .execute();
}
