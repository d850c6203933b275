import { readProperty } from '@mana/auth-core/errors/safe-read';
import type { AuthClient } from '../client/auth-client.ts';
import { isSessionGone, toFailure } from '../transport/auth-failure.ts';
import { succeed } from '../transport/result.ts';
import type { SignIn, SignInDependencies } from './sign-in.ts';

type SignInAndOut = Pick<AuthClient, 'login' | 'logout'> & {
  readonly twoFactor: Pick<AuthClient['twoFactor'], 'verifyTotp' | 'verifyBackupCode'>;
};

/** Signing in with a password, in one step or two, and out: each counts from its answer on. */
export function createSignInAndOut(
  { session, transport, tabs }: SignInDependencies,
  signIn: SignIn,
): SignInAndOut {
  return {
    login: (input) => signIn('auth.login', input),
    twoFactor: {
      verifyTotp: (input) => signIn('auth.twoFactor.verifyTotp', input),
      verifyBackupCode: (input) => signIn('auth.twoFactor.verifyBackupCode', input),
    },

    async logout() {
      const sessionId = session.active()?.sessionId;
      const scope = session.scope();
      const { result } = await transport('auth.logout', undefined);
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
