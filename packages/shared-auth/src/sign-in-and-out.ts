import { readProperty } from '@mana/auth-core/errors/safe-read';
import type { AuthClient } from './auth-client.ts';
import { isSessionGone, toFailure } from './auth-failure.ts';
import type { CurrentSession } from './current-session.ts';
import { holdSession, isSignedIn } from './held-session.ts';
import type { SignedIn } from './procedures.ts';
import { type AuthResult, succeed } from './result.ts';
import type { Tabs } from './tabs.ts';
import type { Transport } from './transport.ts';

export interface SignInDependencies {
  readonly session: CurrentSession;
  readonly call: Transport;
  readonly tabs: Tabs;
  readonly now: () => number;
}

type SignInAndOut = Pick<AuthClient, 'login' | 'logout'> & {
  readonly twoFactor: Pick<AuthClient['twoFactor'], 'verifyTotp' | 'verifyBackupCode'>;
};

/** Signing in, in one step or two, and out: each counts from its answer on, here and in the other tabs. */
export function createSignInAndOut(dependencies: SignInDependencies): SignInAndOut {
  const { session, call, tabs, now } = dependencies;
  /** Secret. Of the newest sign-in that wants a second step, where no cookie jar keeps it. */
  let challenge: string | undefined;

  /** Begins the session that the call answers. */
  async function signIn(procedure: string, input: object): Promise<AuthResult<SignedIn>> {
    const askedAtMs = now();
    const { result, sessionToken } = await call(`auth.${procedure}`, input);
    if (!result.success) return result;
    if (!isSignedIn(result.data)) return toFailure('SERVICE_UNAVAILABLE');
    challenge = undefined;
    const held = holdSession(result.data, askedAtMs);
    session.begin(held, sessionToken);
    tabs.post({ type: 'signed-in', session: held });
    return succeed(result.data);
  }

  function withChallenge<T extends object>(input: T): T | (T & { challenge: string }) {
    return challenge === undefined ? input : { challenge, ...input };
  }

  return {
    async login(input) {
      const result = await signIn('login', input);
      if (!result.success && result.twoFactor) challenge = result.twoFactor.challenge;
      return result;
    },
    twoFactor: {
      verifyTotp: (input) => signIn('twoFactor.verifyTotp', withChallenge(input)),
      verifyBackupCode: (input) => signIn('twoFactor.verifyBackupCode', withChallenge(input)),
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
