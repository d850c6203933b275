import { AuthError } from '@mana/auth-core/errors/auth-error';
import { toAuthHeaders } from '../../client-request.ts';
import { getSession } from '../../sessions/get-session.ts';
import type { SessionWithUser } from '../../sessions/sessions.repository.ts';
import { deleteSession } from '../../sessions/sessions.repository.ts';
import type { CallContext, SignedInContext } from '../../trpc/context.ts';
import type { PublicUser } from './public-user.ts';
import { toPublicUser } from './public-user.ts';

/** The answer to everything that signs somebody in or keeps them signed in. Holds a secret. */
export interface SignedIn {
  readonly user: PublicUser;
  /** Secret. JWT, good for 15 minutes. */
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
}

/** A new access token for a live session, and its user. */
export async function answerSession(
  call: CallContext,
  session: SessionWithUser,
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

/** Prolongs the caller's session where it has been used for a day, and answers a new access token. */
export async function refresh(call: SignedInContext): Promise<SignedIn> {
  const { headers } = await call.deps.auth.api.getSession({
    headers: toAuthHeaders(call.request),
    returnHeaders: true,
  });
  call.passOn(headers);
  return answerSession(call, call.session);
}

/**
 * Ends the caller's session and, where a cookie said who calls, clears it; also the cookie of a session
 * that has ended already. Throws UNAUTHORIZED where there is none.
 */
export async function logout(call: CallContext): Promise<{ signedOut: true }> {
  const session = await findSession(call);
  if (session) await deleteSession(call.deps.db, session.id);
  if (call.request.authorization === null) {
    const { headers } = await call.deps.auth.api.signOut({
      headers: toAuthHeaders(call.request),
      returnHeaders: true,
    });
    call.passOn(headers);
  }
  return { signedOut: true };
}

async function findSession(call: CallContext): Promise<SessionWithUser | undefined> {
  try {
    return await getSession(call.deps, call.request, 'any');
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOKEN_EXPIRED') return undefined;
    throw error;
  }
}
