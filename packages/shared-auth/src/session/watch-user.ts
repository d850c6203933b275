import { toFailure } from '../transport/auth-failure.ts';
import type { User } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { isUser } from './active-session.ts';
import { type WatchDependencies, watchSession } from './watch-session.ts';

/** As `watchSession`, for a call that answers the signed-in user: the session shows that user then. */
export function watchUser(
  dependencies: WatchDependencies,
  ask: () => Promise<AuthResult<{ user: User }>>,
): Promise<AuthResult<{ user: User }>> {
  async function askForUser(): Promise<AuthResult<{ user: User }>> {
    const result = await ask();
    return result.success && !isUser(result.data.user) ? toFailure('SERVICE_UNAVAILABLE') : result;
  }
  return watchSession(dependencies, askForUser, ({ user }) => dependencies.session.showUser(user));
}
