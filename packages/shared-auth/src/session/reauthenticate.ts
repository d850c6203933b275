import { toFailure } from '../transport/auth-failure.ts';
import type { InputOf, SignedIn } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { holdSession, isSignedIn } from './active-session.ts';
import type { SignInDependencies } from './sign-in.ts';
import { watchSession } from './watch-session.ts';

/** What proves who is signed in: the password, or a passkey. */
export type ProofProcedure = 'auth.reauthenticate' | 'passkeys.reauthenticateVerify';

/**
 * Proves again who is signed in. The session stays the same and is fresh then; its new access token
 * serves all tabs.
 */
export async function reauthenticate<P extends ProofProcedure>(
  { session, call, tabs, now }: SignInDependencies,
  procedure: P,
  input: InputOf<P>,
): Promise<AuthResult<SignedIn>> {
  const askedAtMs = now();
  let newSessionToken: string | undefined;

  async function ask(): Promise<AuthResult<SignedIn>> {
    const { result, sessionToken } = await call(procedure, input);
    newSessionToken = sessionToken;
    if (!result.success) return result;
    const { data } = result;
    return isSignedIn(data) ? { success: true, data } : toFailure('SERVICE_UNAVAILABLE');
  }

  return watchSession({ session, tabs }, ask, (signedIn) => {
    const held = holdSession(signedIn, askedAtMs);
    session.renew(held, newSessionToken);
    tabs.post({ type: 'renewed', session: held });
  });
}
