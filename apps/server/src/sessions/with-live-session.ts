import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import type { Deps } from '../deps.ts';
import { lockUser } from './lock-user.repository.ts';
import { findLiveSession, type SessionWithUser } from './sessions.repository.ts';

/**
 * Does `work` in a transaction that locks the user (`lockUser`), if the caller's session is still live: a
 * caller who is signed out by a reset or a revocation while their call is in progress changes nothing.
 *
 * Throws TOKEN_EXPIRED. `work` takes its locks in this order: tokens, lockout, everything else.
 */
export async function withLiveSession<T>(
  call: { readonly deps: Deps; readonly session: SessionWithUser },
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
