import type { AuthClient } from '../client/auth-client.ts';
import { reauthenticate } from '../session/reauthenticate.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { createSessionCall } from '../transport/observe-answer.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import type { PasskeyHints } from './passkey-hints.ts';

/** Proving again who is signed in. Whoever signs in or out meanwhile ends it. */
export function createPasskeyReauthentication(
  dependencies: PasskeyDependencies,
  queue: CeremonyQueue,
  hints: PasskeyHints,
): Pick<AuthClient['passkeys'], 'reauthenticate'> {
  const { session, call, platform } = dependencies;
  const callWithSession = createSessionCall(dependencies, call);

  return {
    async reauthenticate({ signal } = {}) {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const scope = session.scope();
      const chosen = await queue.run({ kind: 'requested', signal }, async (signal) => {
        const expectation = { required: 'challenge', signal } as const;
        const options = await callWithSession(
          'passkeys.reauthenticateOptions',
          undefined,
          expectation,
        );
        if (!options.success) return options;
        return getAssertion(platform, options.data, { signal: AbortSignal.any([signal, scope]) });
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
