import { toFailure } from '../transport/auth-failure.ts';
import type { User } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { isUser } from './active-session.ts';
import { type SessionCallDependencies, trackSession } from './watch-session.ts';

/** As `trackSession`, for a call that answers the signed-in user: the session shows that user then. */
export function trackUser(
  dependencies: SessionCallDependencies,
  call: () => Promise<AuthResult<{ user: User }>>,
): Promise<AuthResult<{ user: User }>> {
  async function callForUser(): Promise<AuthResult<{ user: User }>> {
    const result = await call();
    return result.success && !isUser(result.data.user) ? toFailure('SERVICE_UNAVAILABLE') : result;
  }
  return trackSession(dependencies, callForUser, ({ user }) => dependencies.session.setUser(user));
}
