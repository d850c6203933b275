import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { ClientRequest } from '../better-auth/client-request.ts';
import {
  SESSION_TTL_SECONDS,
  SESSION_UPDATE_AGE_SECONDS,
} from '../better-auth/session-lifetime.ts';
import type { Deps } from '../deps.ts';
import type { SessionWithUser } from './sessions.repository.ts';
import { extendSession } from './sessions.repository.ts';

/**
 * Gives a live session another 30 days where it has been used for a day, and answers headers that carry
 * its token signed with the current secret, so that a former one may be dropped once everybody came by:
 * the cookie for who came with a cookie, `set-auth-token` for who brought the token in a header.
 *
 * Throws TOKEN_EXPIRED where the session has ended meanwhile.
 */
export async function renewSession(
  { auth, db, now }: Deps,
  request: ClientRequest,
  session: SessionWithUser,
): Promise<Headers> {
  const at = now();
  const prolongableAtMs =
    session.expiresAt.getTime() - (SESSION_TTL_SECONDS - SESSION_UPDATE_AGE_SECONDS) * 1000;
  if (prolongableAtMs <= at.getTime()) {
    const expiresAt = new Date(at.getTime() + SESSION_TTL_SECONDS * 1000);
    const isLive = await extendSession(db, session.id, { now: at, expiresAt });
    if (!isLive) throw new AuthError('TOKEN_EXPIRED');
  }
  const { headers } = await auth.api.issueSessionCookie({
    body: { token: session.token },
    returnHeaders: true,
  });
  headers.delete(request.authorization === null ? 'set-auth-token' : 'set-cookie');
  return headers;
}
