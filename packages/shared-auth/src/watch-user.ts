import { isSessionGone, toFailure } from './auth-failure.ts';
import type { CurrentSession } from './current-session.ts';
import { isUser } from './held-session.ts';
import type { User } from './procedures.ts';
import type { AuthResult } from './result.ts';
import type { Tabs } from './tabs.ts';

export interface UserDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
}

/**
 * Makes a call that answers the signed-in user, and keeps the session in step: it shows that user,
 * and it ends when the server says that it has. A sign-in or sign-out meanwhile counts for more.
 */
export async function watchUser(
  { session, tabs }: UserDependencies,
  ask: () => Promise<AuthResult<{ user: User }>>,
): Promise<AuthResult<{ user: User }>> {
  const scope = session.scope();
  const result = await ask();
  if (result.success) {
    if (!isUser(result.data.user)) return toFailure('SERVICE_UNAVAILABLE');
    if (!scope.aborted) session.showUser(result.data.user);
  } else if (isSessionGone(result) && !scope.aborted) {
    const sessionId = session.held()?.sessionId;
    const wasSignedIn = session.store.get().status === 'signed-in';
    session.endByServer(result);
    if (wasSignedIn) tabs.post({ type: 'signed-out', sessionId, ended: true });
  }
  return result;
}
