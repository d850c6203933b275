import { readProperty } from '@mana/auth-core/errors/safe-read';
import { isSessionGone, toFailure } from '../transport/auth-failure.ts';
import type { InputOf, Method, MethodWithoutInput, SignedIn } from '../transport/procedures.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import type { Transport } from '../transport/transport.ts';
import { isSignedIn, toActiveSession } from './active-session.ts';
import type { CurrentSession } from './current-session.ts';
import { withSession } from './session-call.ts';
import type { Tabs } from './tabs.ts';

/** What signing in, signing out and reauthenticating are built from. */
export interface SignInDependencies {
  readonly session: CurrentSession;
  readonly transport: Transport;
  readonly tabs: Tabs;
  readonly now: () => number;
}

/** The procedures whose success signs in. */
export type SignInProcedure =
  | 'auth.login'
  | 'auth.twoFactor.verifyTotp'
  | 'auth.twoFactor.verifyBackupCode'
  | 'passkeys.authenticateVerify';

/** Calls the procedure, and begins the session that it returns, here and in the other tabs. */
export type SignIn = <P extends SignInProcedure>(
  procedure: P,
  input: InputOf<P>,
) => Promise<AuthResult<SignedIn>>;

/** Remembers between two calls what links the second step of a sign-in to its first. */
export function createSignIn({ session, transport, tabs, now }: SignInDependencies): SignIn {
  /** Secret. From the newest sign-in that needs a second step, where no cookie jar keeps it. */
  let challenge: string | undefined;

  return async (procedure, input) => {
    const isSecondStep = procedure.startsWith('auth.twoFactor.') && challenge !== undefined;
    const calledAtMs = now();
    const { result, sessionToken } = await transport(
      procedure,
      isSecondStep ? { challenge, ...input } : input,
    );
    if (!result.success) {
      if (result.twoFactor) challenge = result.twoFactor.challenge;
      return result;
    }
    if (!isSignedIn(result.data)) return toFailure('SERVICE_UNAVAILABLE');
    challenge = undefined;
    const active = toActiveSession(result.data, calledAtMs);
    session.begin(active, sessionToken);
    tabs.post({ type: 'signed-in', session: active });
    return succeed(result.data);
  };
}

/** Signing in with a password, in one step or two, and signing out. */
export interface SignInMethods {
  /**
   * TWO_FACTOR_REQUIRED says in `twoFactor` what else the account requires; then one of
   * `twoFactor.verify…` signs in.
   */
  readonly login: Method<'auth.login'>;
  readonly twoFactor: {
    /**
     * The second step of a sign-in. After TWO_FACTOR_FAILED another code may be tried; after
     * TOKEN_EXPIRED or TOKEN_INVALID, start again with the password.
     */
    readonly verifyTotp: Method<'auth.twoFactor.verifyTotp'>;
    /** As `verifyTotp`, with one of the backup codes, which it uses up. */
    readonly verifyBackupCode: Method<'auth.twoFactor.verifyBackupCode'>;
  };
  /** Signs out in all tabs. A session that is already gone is a success; a failure changes nothing. */
  readonly logout: MethodWithoutInput<'auth.logout'>;
}

/** Each method takes effect once the server has confirmed it, not before. */
export function createSignInMethods(
  { session, transport, tabs }: SignInDependencies,
  signIn: SignIn,
): SignInMethods {
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
      // "There is no session" isn't about anybody who signed in meanwhile.
      if (result.success || !scope.aborted) {
        session.end();
        tabs.post({ type: 'signed-out', sessionId, ended: false });
      }
      return succeed({ signedOut: true });
    },
  };
}

/** The procedures that prove again who is signed in: with the password, or with a passkey. */
export type ReauthenticationProcedure = 'auth.reauthenticate' | 'passkeys.reauthenticateVerify';

/**
 * Proves again who is signed in. The session is fresh afterwards and has a new token; its new access token
 * serves all tabs.
 */
export async function reauthenticate<P extends ReauthenticationProcedure>(
  { session, transport, tabs, now }: SignInDependencies,
  procedure: P,
  input: InputOf<P>,
): Promise<AuthResult<SignedIn>> {
  const calledAtMs = now();
  let newSessionToken: string | undefined;

  async function call(): Promise<AuthResult<SignedIn>> {
    const { result, sessionToken } = await transport(procedure, input);
    newSessionToken = sessionToken;
    if (!result.success) return result;
    const { data } = result;
    return isSignedIn(data) ? succeed(data) : toFailure('SERVICE_UNAVAILABLE');
  }

  return withSession({ session, tabs }, call, (signedIn) => {
    const active = toActiveSession(signedIn, calledAtMs);
    session.renew(active, newSessionToken);
    tabs.post({ type: 'renewed', session: active });
  });
}
