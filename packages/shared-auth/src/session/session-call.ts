import { isSessionGone } from '../transport/auth-failure.ts';
import { type Call, requireField } from '../transport/call.ts';
import type { InputOf, OutputOf, Procedure } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import type { CurrentSession } from './current-session.ts';
import type { Tabs } from './tabs.ts';

/** What a call made by somebody who is signed in may change. */
export interface SessionCallDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
}

/** The part of the output that the caller depends on, and what to do after a success. */
export interface Expectation<T> {
  readonly required: keyof T & string;
  readonly onSuccess?: () => void;
  readonly signal?: AbortSignal;
}

/** Calls a procedure for somebody who is signed in; see `withSession`. */
export type SessionCall = <P extends Procedure>(
  procedure: P,
  input: InputOf<P>,
  expectation: Expectation<OutputOf<P>>,
) => Promise<AuthResult<OutputOf<P>>>;

/** SERVICE_UNAVAILABLE also for an output without its required part. */
export function createSessionCall(dependencies: SessionCallDependencies, call: Call): SessionCall {
  return (procedure, input, { required, onSuccess, signal }) =>
    withSession(
      dependencies,
      async () => requireField(await call(procedure, input, signal), required),
      onSuccess,
    );
}

/**
 * Makes a call for somebody who is signed in. When the server says that the session has ended, it ends
 * in all tabs. If somebody signs in or out meanwhile, the result changes nothing here, and `onSuccess`
 * isn't called.
 */
export async function withSession<T>(
  { session, tabs }: SessionCallDependencies,
  call: () => Promise<AuthResult<T>>,
  onSuccess?: (data: T) => void,
): Promise<AuthResult<T>> {
  const scope = session.scope();
  const result = await call();
  if (scope.aborted) return result;
  if (result.success) {
    onSuccess?.(result.data);
  } else if (isSessionGone(result)) {
    const sessionId = session.active()?.sessionId;
    const wasSignedIn = session.store.get().status === 'signed-in';
    session.endByServer(result);
    if (wasSignedIn) tabs.post({ type: 'signed-out', sessionId, ended: true });
  }
  return result;
}
