import { toFailure } from './auth-failure.ts';
import { isUser } from './held-session.ts';
import type { User } from './procedures.ts';
import type { AuthResult } from './result.ts';
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
