import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Auth } from '../better-auth/auth.ts';
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
 * has come by. A former token is neither extended nor sent: it would overwrite the one that replaced it.
 *
 * Throws TOKEN_EXPIRED if the session has ended meanwhile.
 */
export async function renewSession(
  { auth, db, now }: Deps,
  request: ClientRequest,
  session: SessionWithUser,
): Promise<Headers> {
  if (session.isReplaced) return new Headers();
  const at = now();
  const renewableAtMs =
    session.expiresAt.getTime() - (SESSION_TTL_SECONDS - SESSION_UPDATE_AGE_SECONDS) * 1000;
  if (renewableAtMs <= at.getTime()) {
    const expiresAt = new Date(at.getTime() + SESSION_TTL_SECONDS * 1000);
    const isLive = await extendSession(db, session.id, { now: at, expiresAt });
    if (!isLive) throw new AuthError('TOKEN_EXPIRED');
  }
  return issueCredential(auth, request, session.token);
}

/**
 * Headers that bring a session's token to a caller who has one already: the cookie to cookie clients,
 * `set-auth-token` to those that send the token in a header.
 */
export async function issueCredential(
  auth: Auth,
  request: ClientRequest,
  token: string,
): Promise<Headers> {
  const headers = await issueSessionCookie(auth, token);
  headers.delete(request.authorization === null ? 'set-auth-token' : 'set-cookie');
  return headers;
}
