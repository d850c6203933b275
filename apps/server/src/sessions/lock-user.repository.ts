import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';

/**
 * Locks a user for this transaction, so that changes to how they sign in happen one after another, and
 * answers them as they are now. Doesn't block sign-ins. Undefined if the user is gone.
 */
export async function lockUser(trx: Transaction<Database>, id: string): Promise<User | undefined> {
  return trx
    .selectFrom('auth.users')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}
