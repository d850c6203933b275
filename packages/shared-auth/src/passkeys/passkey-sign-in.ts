import type { CurrentSession } from '../session/current-session.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { requireField } from '../transport/call.ts';
import type { SignedIn } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { offerInAutofill } from './autofill-offer.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { AuthenticationResponse } from './browser/credential-json.ts';
import type { PasskeyContext } from './context.ts';
import type { PasskeyHints } from './passkey-hints.ts';
import type { PasskeysClient } from './passkeys-client.ts';

type PasskeySignIn = Pick<PasskeysClient, 'signIn' | 'signInWithAutofill'>;

/** Signing in with a passkey, by a button or from the autofill of a field. */
export function createPasskeySignIn(
  context: PasskeyContext,
  queue: CeremonyQueue,
  hints: PasskeyHints,
): PasskeySignIn {
  const { session, now, call, signIn, capability, platform } = context;

  async function fetchOptions(signal: AbortSignal) {
    return requireField(await call('passkeys.authenticateOptions', undefined, signal), 'challenge');
  }

  /**
   * Runs to its end even if somebody signs in meanwhile: the server has the assertion, and its response
   * sets the cookie.
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
      const chosen = await queue.run({}, async (signal) => {
        const options = await fetchOptions(signal);
        return options.success ? getAssertion(platform, options.data, { signal }) : options;
      });
      return verify(chosen);
    },

    async signInWithAutofill({ signal, onChosen } = {}) {
      const known = await capability.get();
      if (!known.success) return known;
      if (!platform || !known.data.conditionalUI) return toFailure('PASSKEY_NOT_ENABLED');
      const ending = abortOnSignIn(session, signal);
      const chosen = await queue.run({ isOffer: true, signal: ending.signal }, (signal) =>
        offerInAutofill({ platform, fetchOptions, now }, signal),
      );
      ending.stop();
      if (chosen.success) onChosen?.();
      return verify(chosen);
    },
  };
}

/** A signal that is aborted with `other`, or once somebody signs in, in this tab or another. */
function abortOnSignIn(session: CurrentSession, other: AbortSignal | undefined) {
  const signedIn = new AbortController();
  const stop = session.store.subscribe(({ status }) => {
    if (status === 'signed-in') signedIn.abort();
  });
  const signal = other ? AbortSignal.any([other, signedIn.signal]) : signedIn.signal;
  return { signal, stop };
}
