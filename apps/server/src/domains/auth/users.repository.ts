import type { Database } from '@mana/db/schema/database';
import type { NewUser, User, UserUpdate } from '@mana/db/schema/users';
import { type Kysely, sql, type Transaction } from 'kysely';

/** The user with this address, which must be in its normal form (lower case). */
export async function findUserByEmail(
  db: Kysely<Database>,
  email: string,
): Promise<User | undefined> {
  return db.selectFrom('auth.users').selectAll().where('email', '=', email).executeTakeFirst();
}

/** Adds a user, unless somebody has the address: then nothing happens, and the answer is undefined. */
export async function insertUser(
  trx: Transaction<Database>,
  user: NewUser,
): Promise<User | undefined> {
  return trx
    .insertInto('auth.users')
    .values(user)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Frees an address that a user has who is marked as deleted; it stays readable behind their id. */
export async function releaseDeletedAddress(
  trx: Transaction<Database>,
  email: string,
): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({ email: sql`'deleted:' || id || ':' || email` })
    .where('email', '=', email)
    .where('deleted_at', 'is not', null)
    .execute();
}

/** Removes a user, and with them everything that is theirs but the audit logs. */
export async function deleteUser(trx: Transaction<Database>, id: string): Promise<void> {
  await trx.deleteFrom('auth.users').where('id', '=', id).execute();
}

/** Changes a profile. Answers the user as it is now, or undefined if there is none. */
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

/** Records that a user has proven their address. */
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

/** Changes a user's address, which counts as proven. Throws a unique violation if somebody else has it. */
export async function changeUserEmail(
  trx: Transaction<Database>,
  id: string,
  { email, now }: { email: string; now: Date },
): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({ email, email_verified: true, updated_at: now })
    .where('id', '=', id)
    .execute();
}
