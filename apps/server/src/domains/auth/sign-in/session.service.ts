import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { getSession } from '../../../sessions/get-session.ts';
import { renewSession } from '../../../sessions/renew-session.ts';
import type { SessionWithUser } from '../../../sessions/sessions.repository.ts';
import { deleteSession } from '../../../sessions/sessions.repository.ts';
import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import type { PublicUser } from '../public-user.ts';
import { toPublicUser } from '../public-user.ts';
import { readDeviceId, setDeviceCookie } from './known-device.ts';

/** The answer to everything that signs somebody in or keeps them signed in. Holds a secret. */
export interface SignedIn {
  readonly user: PublicUser;
  /** Secret. JWT, good for 15 minutes. */
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
}

/** A new access token for a live session, and its user. */
export async function issueAccessToken(
  call: CallContext,
  session: Pick<SessionWithUser, 'id' | 'user'>,
): Promise<SignedIn> {
  const { id, user } = session;
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
 * Prolongs the caller's session where it has been used for a day, signs its cookies anew, and answers a
 * new access token.
 */
export async function refresh(call: SignedInContext): Promise<SignedIn> {
  call.forwardHeaders(await renewSession(call.deps, call.request, call.session));
  // The browser stays known although nobody signs in, also once the secret has been changed.
  const deviceId = await readDeviceId(call.request, call.deps);
  if (deviceId !== undefined) await setDeviceCookie(call, deviceId);
  return issueAccessToken(call, call.session);
}

/**
 * Ends the caller's session and, where a cookie said who calls, clears it; also the cookie of a session
 * that has ended already. Throws UNAUTHORIZED where there is none.
 */
export async function logout(call: CallContext): Promise<{ signedOut: true }> {
  const session = await findSession(call);
  if (session) await deleteSession(call.deps.db, session.id);
  await clearSessionCookie(call);
  return { signedOut: true };
}

/** Clears the session cookie of a caller who wasn't named by a header. Touches no session. */
export async function clearSessionCookie(call: CallContext): Promise<void> {
  if (call.request.authorization !== null) return;
  const { headers } = await call.deps.auth.api.signOut({
    headers: new Headers(),
    returnHeaders: true,
  });
  call.forwardHeaders(headers);
}

async function findSession(call: CallContext): Promise<SessionWithUser | undefined> {
  try {
    return await getSession(call.deps, call.request, 'any');
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOKEN_EXPIRED') return undefined;
    throw error;
  }
}
