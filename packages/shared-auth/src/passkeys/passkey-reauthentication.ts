import type { AuthClient } from '../client/auth-client.ts';
import { reauthenticate } from '../session/reauthenticate.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { createWatch } from '../transport/observe-answer.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { CeremonyTurns } from './browser/ceremony-queue.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import type { PasskeyHints } from './passkey-hints.ts';

/** Proving again who is signed in. Whoever signs in or out meanwhile ends it. */
export function createPasskeyReauthentication(
  dependencies: PasskeyDependencies,
  turns: CeremonyTurns,
  hints: PasskeyHints,
): Pick<AuthClient['passkeys'], 'reauthenticate'> {
  const { session, ask, platform } = dependencies;
  const watch = createWatch(dependencies, ask);

  return {
    async reauthenticate({ signal } = {}) {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const scope = session.scope();
      const chosen = await turns.take({ kind: 'asked', signal }, async (turn) => {
        const expectation = { promised: 'challenge', signal: turn } as const;
        const options = await watch('passkeys.reauthenticateOptions', undefined, expectation);
        if (!options.success) return options;
        return getAssertion(platform, options.data, { signal: AbortSignal.any([turn, scope]) });
      });
      if (!chosen.success) return chosen;
      const response = chosen.data;
      const proof = { response };
      const result = await reauthenticate(dependencies, 'passkeys.reauthenticateVerify', proof);
      if (!result.success && result.unknownCredential) hints.tellUnknown(response.id);
      return result;
    },
  };
}
