import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { ClientRequest } from '../better-auth/client-request.ts';
import type { Deps } from '../deps.ts';
import { parseSessionCredential } from './session-credential.ts';
import type { SessionWithUser } from './sessions.repository.ts';
import { findLiveSession } from './sessions.repository.ts';

/** What may say who calls: anything, or the session itself and no access token that was made from it. */
export type AcceptedCredentials = 'any' | 'session-only';

/**
 * The live session behind a request, by access token, session token or cookie. An access token is
 * looked up like the others, so that it dies with its session.
 *
 * Throws TOKEN_EXPIRED where a session or token of ours has ended (expired, revoked, signed out, its
 * user deleted), UNAUTHORIZED where there is none or a forged one.
 */
export async function getSession(
  deps: Deps,
  request: ClientRequest,
  accepted: AcceptedCredentials,
): Promise<SessionWithUser> {
  const key = await getSessionKey(deps, request, accepted);
  const session = await findLiveSession(deps.db, key, deps.now());
  if (!session) throw new AuthError('TOKEN_EXPIRED');
  return session;
}

/** By what a session is looked up. The token is secret. */
export type SessionKey = { readonly id: string } | { readonly token: string };

/**
 * By what the session behind a request is to be looked up, before anybody has: it may have ended.
 * Throws UNAUTHORIZED where there is none or a forged one, TOKEN_EXPIRED for an access token past its time.
 */
export async function getSessionKey(
  deps: Deps,
  request: ClientRequest,
  accepted: AcceptedCredentials,
): Promise<SessionKey> {
  const credential = await parseSessionCredential(deps, request);
  if (credential.kind === 'none') throw new AuthError('UNAUTHORIZED');
  if (credential.kind === 'session-token') return { token: credential.token };

  if (accepted === 'session-only') throw new AuthError('UNAUTHORIZED');
  const verification = await deps.accessTokens.verify(credential.token);
  if (verification.status === 'expired') throw new AuthError('TOKEN_EXPIRED');
  if (verification.status === 'invalid') throw new AuthError('UNAUTHORIZED');
  return { id: verification.claims.sid };
}
