import { readProperty } from '@mana/auth-core/errors/safe-read';
import type { AuthClient } from './auth-client.ts';
import { isSessionGone, toFailure } from './auth-failure.ts';
import type { CurrentSession } from './current-session.ts';
import { holdSession, isSignedIn } from './held-session.ts';
import { succeed } from './result.ts';
import type { Tabs } from './tabs.ts';
import type { Transport } from './transport.ts';

export interface SignInDependencies {
  readonly session: CurrentSession;
  readonly call: Transport;
  readonly tabs: Tabs;
  readonly now: () => number;
}

/** Signing in and out: each counts from its answer on, here and in the other tabs. */
export function createSignInAndOut(
  dependencies: SignInDependencies,
): Pick<AuthClient, 'login' | 'logout'> {
  const { session, call, tabs, now } = dependencies;
  return {
    async login(input) {
      const askedAtMs = now();
      const { result, sessionToken } = await call('auth.login', input);
      if (!result.success) return result;
      if (!isSignedIn(result.data)) return toFailure('SERVICE_UNAVAILABLE');
      const held = holdSession(result.data, askedAtMs);
      session.begin(held, sessionToken);
      tabs.post({ type: 'signed-in', session: held });
      return succeed(result.data);
    },

    async logout() {
      const sessionId = session.held()?.sessionId;
      const scope = session.scope();
      const { result } = await call('auth.logout', undefined);
      if (!result.success && !isSessionGone(result)) return result;
      if (result.success && readProperty(result.data, 'signedOut') !== true) {
        return toFailure('SERVICE_UNAVAILABLE');
      }
      // Whoever signed in meanwhile isn't meant by "there is no session".
      if (result.success || !scope.aborted) {
        session.end();
        tabs.post({ type: 'signed-out', sessionId, ended: false });
      }
      return succeed({ signedOut: true });
    },
  };
}
