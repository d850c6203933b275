import { toFailure } from '../transport/auth-failure.ts';
import type { InputOf, SignedIn } from '../transport/procedures.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import type { Transport } from '../transport/transport.ts';
import { isSignedIn, toActiveSession } from './active-session.ts';
import type { CurrentSession } from './current-session.ts';
import type { Tabs } from './tabs.ts';

export interface SignInDependencies {
  readonly session: CurrentSession;
  readonly transport: Transport;
  readonly tabs: Tabs;
  readonly now: () => number;
}

/** The procedures that sign in, each in the end. */
export type SignInProcedure =
  | 'auth.login'
  | 'auth.twoFactor.verifyTotp'
  | 'auth.twoFactor.verifyBackupCode'
  | 'passkeys.authenticateVerify';

/** Begins the session that the procedure answers, here and in the other tabs. */
export type SignIn = <P extends SignInProcedure>(
  procedure: P,
  input: InputOf<P>,
) => Promise<AuthResult<SignedIn>>;

export function createSignIn({ session, transport, tabs, now }: SignInDependencies): SignIn {
  /** Secret. Of the newest sign-in that wants a second step, where no cookie jar keeps it. */
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
