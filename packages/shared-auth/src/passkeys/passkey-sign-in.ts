import type { AuthClient } from '../client/auth-client.ts';
import type { CurrentSession } from '../session/current-session.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { requireField } from '../transport/call.ts';
import type { SignedIn } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { offerInAutofill } from './autofill-offer.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { AuthenticationResponse } from './browser/credential-json.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import type { PasskeyHints } from './passkey-hints.ts';

type PasskeySignIn = Pick<AuthClient['passkeys'], 'signIn' | 'signInWithAutofill'>;

/** Signing in with a passkey, by a button or from the autofill of a field. */
export function createPasskeySignIn(
  dependencies: PasskeyDependencies,
  queue: CeremonyQueue,
  hints: PasskeyHints,
): PasskeySignIn {
  const { session, now, call, signIn, capability, platform } = dependencies;

  async function fetchOptions(signal: AbortSignal) {
    return requireField(await call('passkeys.authenticateOptions', undefined, signal), 'challenge');
  }

  /**
   * Runs to its end, whoever signs in meanwhile: the server has the assertion, and its cookie comes
   * with the answer.
   */
  async function verify(chosen: AuthResult<AuthenticationResponse>): Promise<AuthResult<SignedIn>> {
    if (!chosen.success) return chosen;
    const response = chosen.data;
    const result = await signIn('passkeys.authenticateVerify', { response });
    if (!result.success && result.unknownCredential) hints.tellUnknown(response.id);
    return result;
  }

  return {
    async signIn() {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const chosen = await queue.run({ kind: 'requested' }, async (signal) => {
        const options = await fetchOptions(signal);
        return options.success ? getAssertion(platform, options.data, { signal }) : options;
      });
      return verify(chosen);
    },

    async signInWithAutofill({ signal, onChosen } = {}) {
      const known = await capability.get();
      if (!known.success) return known;
      if (!platform || !known.data.conditionalUI) return toFailure('PASSKEY_NOT_ENABLED');
      const taken = abortOnSignIn(session, signal);
      const chosen = await queue.run({ kind: 'offered', signal: taken.signal }, (signal) =>
        offerInAutofill({ platform, fetchOptions, now }, signal),
      );
      taken.stop();
      if (chosen.success) onChosen?.();
      return verify(chosen);
    },
  };
}

/** A signal that is aborted with another, or once somebody signs in: here, or in another tab. */
function abortOnSignIn(session: CurrentSession, other: AbortSignal | undefined) {
  const signedIn = new AbortController();
  const stop = session.store.subscribe(({ status }) => {
    if (status === 'signed-in') signedIn.abort();
  });
  const signal = other ? AbortSignal.any([other, signedIn.signal]) : signedIn.signal;
  return { signal, stop };
}
