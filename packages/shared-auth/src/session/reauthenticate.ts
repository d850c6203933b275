import { toFailure } from '../transport/auth-failure.ts';
import type { InputOf, SignedIn } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { isSignedIn, toActiveSession } from './active-session.ts';
import type { SignInDependencies } from './sign-in.ts';
import { trackSession } from './watch-session.ts';

/** What proves who is signed in: the password, or a passkey. */
export type ProofProcedure = 'auth.reauthenticate' | 'passkeys.reauthenticateVerify';

/**
 * Proves again who is signed in. The session stays the same and is fresh then; its new access token
 * serves all tabs.
 */
export async function reauthenticate<P extends ProofProcedure>(
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
    return isSignedIn(data) ? { success: true, data } : toFailure('SERVICE_UNAVAILABLE');
  }

  return trackSession({ session, tabs }, call, (signedIn) => {
    const active = toActiveSession(signedIn, calledAtMs);
    session.renew(active, newSessionToken);
    tabs.post({ type: 'renewed', session: active });
  });
}
