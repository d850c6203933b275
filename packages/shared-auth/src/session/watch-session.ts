import { isSessionGone } from '../transport/auth-failure.ts';
import type { AuthResult } from '../transport/result.ts';
import type { CurrentSession } from './current-session.ts';
import type { Tabs } from './tabs.ts';

export interface SessionCallDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
}

/**
 * Makes a call of somebody who is signed in. The session ends, in all tabs, when the server says that
 * it has; a sign-in or sign-out meanwhile counts for more, and then `onSuccess` isn't called either.
 */
export async function trackSession<T>(
  { session, tabs }: SessionCallDependencies,
  call: () => Promise<AuthResult<T>>,
  onSuccess: (data: T) => void = () => undefined,
): Promise<AuthResult<T>> {
  const scope = session.scope();
  const result = await call();
  if (scope.aborted) return result;
  if (result.success) {
    onSuccess(result.data);
  } else if (isSessionGone(result)) {
    const sessionId = session.active()?.sessionId;
    const wasSignedIn = session.store.get().status === 'signed-in';
    session.endByServer(result);
    if (wasSignedIn) tabs.post({ type: 'signed-out', sessionId, ended: true });
  }
  return result;
}
