import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { AccessTokenClaims } from '../../../access-tokens/access-tokens.ts';
import { expireSessionCookie } from '../../../better-auth/cookies.ts';
import { getSessionKeys, type SessionKey } from '../../../sessions/get-session.ts';
import { issueCredential, renewSession } from '../../../sessions/renew-session.ts';
import {
  createSessionKey,
  type Replacement,
} from '../../../sessions/replace-session.repository.ts';
import type { SessionWithUser } from '../../../sessions/sessions.repository.ts';
import {
  deleteSession,
  findCurrentSession,
  findLiveSession,
} from '../../../sessions/sessions.repository.ts';
import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import { readDeviceId, setDeviceCookie } from '../known-device.service.ts';
import { type PublicUser, toPublicUser } from '../profile.service.ts';

/** The response to everything that signs somebody in or keeps them signed in. Holds a secret. */
export interface SignedIn {
  readonly user: PublicUser;
  /** Secret. JWT, good for 15 minutes. */
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
}

/** A new access token for a live session, which it doesn't outlive, and its user. */
export async function issueAccessToken(
  call: CallContext,
  session: Pick<SessionWithUser, 'id' | 'user' | 'amr' | 'authenticatedAt' | 'expiresAt'>,
): Promise<SignedIn> {
  const { id, user, amr, authenticatedAt, expiresAt } = session;
  const claims = {
    sub: user.id,
    email: user.email,
    role: user.role,
    sid: id,
    tier: user.access_tier,
    ...(amr && { amr: [...amr] }),
    auth_time: Math.floor(authenticatedAt.getTime() / 1000),
  };
  const token = await call.deps.accessTokens.sign(claims, expiresAt);
  return { user: toPublicUser(user), ...token };
}

/** What replaces the caller's session once they have proved again who they are, by these factors. */
export function proveSession(
  { deps, session }: SignedInContext,
  amr: readonly string[],
): Replacement {
  const at = deps.now();
  return { ...createSessionKey(), formerId: session.id, at, authenticatedAt: at, amr };
}

/**
 * Answers a caller who has just proved again who they are with their session's new token. A proof that was
 * made with a former token brings the one that replaced it: the answer that carried it may have been lost.
 *
 * Throws TOKEN_EXPIRED if the session has ended meanwhile.
 */
export async function answerProof(call: SignedInContext): Promise<SignedIn> {
  const { auth, db, now } = call.deps;
  const session = await findCurrentSession(db, call.session, now());
  if (!session) throw new AuthError('TOKEN_EXPIRED');
  call.forwardHeaders(await issueCredential(auth, call.request, session.token));
  return issueAccessToken(call, session);
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
 * Ends every session that the caller's cookies name and clears them, or the one that a header identifies.
 * Sessions that have ended already are no error. Throws UNAUTHORIZED if there is none.
 */
export async function logout(call: CallContext): Promise<{ signedOut: true }> {
  const { db, now } = call.deps;
  for (const key of await findSessionKeys(call)) {
    const session = await findLiveSession(db, key, now());
    if (session) await deleteSession(db, session);
  }
  await clearSessionCookie(call);
  return { signedOut: true };
}

/** Clears the session cookie, unless a header identified the caller. Touches no session. */
export async function clearSessionCookie(call: CallContext): Promise<void> {
  if (call.request.authorization !== null) return;
  call.forwardHeaders(await expireSessionCookie(call.deps.auth));
}

async function findSessionKeys(call: CallContext): Promise<SessionKey[]> {
  try {
    return await getSessionKeys(call.deps, call.request, 'any');
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOKEN_EXPIRED') return [];
    throw error;
  }
}
