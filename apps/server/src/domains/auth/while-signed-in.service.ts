import { AuthError } from '@mana/auth-core/errors/auth-error';
import type { Database } from '@mana/db/database';
import type { User } from '@mana/db/tables/users';
import type { Transaction } from 'kysely';
import { findLiveSession } from '../../sessions/sessions.repository.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { lockUser } from './users.repository.ts';

/**
 * Does `work` in a transaction that holds the user (`lockUser`), if the caller's session is live still:
 * who was signed out by a reset or a revocation while their call was under way changes nothing any more.
 *
 * Throws TOKEN_EXPIRED. `work` takes its locks in this order: tokens, lockout, everything else.
 */
export async function whileSignedIn<T>(
  call: SignedInContext,
  work: (trx: Transaction<Database>, user: User) => Promise<T>,
): Promise<T> {
  const { db, now } = call.deps;
  return db.transaction().execute(async (trx) => {
    await lockUser(trx, call.session.user.id);
    const session = await findLiveSession(trx, { id: call.session.id }, now());
    if (!session) throw new AuthError('TOKEN_EXPIRED');
    return work(trx, session.user);
  });
}
