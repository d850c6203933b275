import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { ClientRequest } from '../better-auth/client-request.ts';
import { issueSessionCookie } from '../better-auth/cookies.ts';
import {
  SESSION_TTL_SECONDS,
  SESSION_UPDATE_AGE_SECONDS,
} from '../better-auth/session-lifetime.ts';
import type { Deps } from '../deps.ts';
import type { SessionWithUser } from './sessions.repository.ts';
import { extendSession } from './sessions.repository.ts';

/**
 * Extends a live session by another 30 days once it has been in use for a day, and answers headers that
 * bring its token signed with the current secret, so that an older secret can be dropped once every client
 * has come by: the cookie for cookie clients, `set-auth-token` for those that send the token in a header.
 *
 * Throws TOKEN_EXPIRED if the session has ended meanwhile.
 */
export async function renewSession(
  { auth, db, now }: Deps,
  request: ClientRequest,
  session: SessionWithUser,
): Promise<Headers> {
  const at = now();
  const renewableAtMs =
    session.expiresAt.getTime() - (SESSION_TTL_SECONDS - SESSION_UPDATE_AGE_SECONDS) * 1000;
  if (renewableAtMs <= at.getTime()) {
    const expiresAt = new Date(at.getTime() + SESSION_TTL_SECONDS * 1000);
    const isLive = await extendSession(db, session.id, { now: at, expiresAt });
    if (!isLive) throw new AuthError('TOKEN_EXPIRED');
  }
  const headers = await issueSessionCookie(auth, session.token);
  headers.delete(request.authorization === null ? 'set-auth-token' : 'set-cookie');
  return headers;
}
