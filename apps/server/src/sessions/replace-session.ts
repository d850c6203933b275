import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import type { ClientRequest } from '../better-auth/client-request.ts';
import type { Deps } from '../deps.ts';
import { issueCredential } from './renew-session.ts';
import { createSessionKey, insertSuccessor } from './replace-session.repository.ts';
import type { SessionWithUser } from './sessions.repository.ts';
import { withLiveSession } from './with-live-session.ts';

interface SessionCall {
  readonly deps: Deps;
  readonly request: ClientRequest;
  readonly session: SessionWithUser;
  forwardHeaders(headers: Headers): void;
}

/**
 * Does what changes how the caller signs in, as `withLiveSession`, and gives their session a new id and
 * token with it, so that a copy of the former token ends within seconds. `amr` says what has been proven
 * by it, if anything was.
 *
 * A session that was replaced meanwhile keeps the token that replaced it: that one has gone to whoever
 * proved who they are.
 */
export async function withReplacedSession<T>(
  call: SessionCall,
  work: (trx: Transaction<Database>, user: User) => Promise<T>,
  change: { readonly amr?: readonly string[] } = {},
): Promise<T> {
  const { auth, now } = call.deps;
  const key = createSessionKey();
  const { value, isReplaced } = await withLiveSession(call, async (trx, user) => {
    const value = await work(trx, user);
    const replacement = { ...key, formerId: call.session.id, at: now(), ...change };
    return { value, isReplaced: await insertSuccessor(trx, replacement) };
  });
  if (isReplaced) call.forwardHeaders(await issueCredential(auth, call.request, key.token));
  return value;
}
