import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { AccessTokenClaims } from '../../../access-tokens/access-tokens.ts';
import { expireSessionCookie } from '../../../better-auth/cookies.ts';
import { getSession } from '../../../sessions/get-session.ts';
import { renewSession } from '../../../sessions/renew-session.ts';
import type { SessionWithUser } from '../../../sessions/sessions.repository.ts';
import { deleteSession } from '../../../sessions/sessions.repository.ts';
import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import { readDeviceId, setDeviceCookie } from '../known-device.ts';
import { type PublicUser, toPublicUser } from '../profile.service.ts';

/** The response to everything that signs somebody in or keeps them signed in. Holds a secret. */
export interface SignedIn {
  readonly user: PublicUser;
  /** Secret. JWT, good for 15 minutes. */
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
}

/** A new access token for a live session, and its user. */
export async function issueAccessToken(
  call: CallContext,
  { id, user }: Pick<SessionWithUser, 'id' | 'user'>,
): Promise<SignedIn> {
  const token = await call.deps.accessTokens.sign({
    sub: user.id,
    email: user.email,
    role: user.role,
    sid: id,
    tier: user.access_tier,
  });
  return { user: toPublicUser(user), ...token };
}

/**
 * Tells whether an access token is good now, with the keys in memory: no database. A bad or expired one is
 * an answer and never an error.
 */
export async function validateAccessToken(
  call: CallContext,
  token: string,
): Promise<{ valid: true; payload: AccessTokenClaims } | { valid: false }> {
  const verification = await call.deps.accessTokens.verify(token);
  return verification.status === 'valid'
    ? { valid: true, payload: verification.claims }
    : { valid: false };
}

/**
 * Renews the caller's session (`renewSession`) and answers a new access token. The browser's cookies are
 * signed again with the current secret.
 */
export async function refresh(call: SignedInContext): Promise<SignedIn> {
  call.forwardHeaders(await renewSession(call.deps, call.request, call.session));
  // The browser stays known although nobody signs in, also once the secret has been changed.
  const deviceId = await readDeviceId(call);
  if (deviceId !== undefined) await setDeviceCookie(call, deviceId);
  return issueAccessToken(call, call.session);
}

/**
 * Ends the caller's session and clears the session cookie, unless a header identified the caller. A session
 * that has ended already is no error. Throws UNAUTHORIZED if there is none.
 */
export async function logout(call: CallContext): Promise<{ signedOut: true }> {
  const session = await findSession(call);
  if (session) await deleteSession(call.deps.db, session.id);
  await clearSessionCookie(call);
  return { signedOut: true };
}

/** Clears the session cookie, unless a header identified the caller. Touches no session. */
export async function clearSessionCookie(call: CallContext): Promise<void> {
  if (call.request.authorization !== null) return;
  call.forwardHeaders(await expireSessionCookie(call.deps.auth));
}

async function findSession(call: CallContext): Promise<SessionWithUser | undefined> {
  try {
    return await getSession(call.deps, call.request, 'any');
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOKEN_EXPIRED') return undefined;
    throw error;
  }
}
