import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';

/**
 * A user as they are now, held for this transaction: who changes how an account is entered takes its
 * turn. Does not hold up sign-ins. Undefined for a user who is gone.
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
