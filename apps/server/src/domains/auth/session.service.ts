import { toAuthHeaders } from '../../client-request.ts';
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

/** Ends the caller's session and clears its cookie. */
export async function logout(call: SignedInContext): Promise<{ signedOut: true }> {
  await deleteSession(call.deps.db, call.session.id);
  const { headers } = await call.deps.auth.api.signOut({
    headers: toAuthHeaders(call.request),
    returnHeaders: true,
  });
  call.passOn(headers);
  return { signedOut: true };
}
