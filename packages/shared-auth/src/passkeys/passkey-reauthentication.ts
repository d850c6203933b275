import { createSessionCall } from '../session/session-call.ts';
import { reauthenticate } from '../session/sign-in.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { getAssertion } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { PasskeyContext } from './context.ts';
import type { PasskeyHints } from './passkey-hints.ts';
import type { PasskeysClient } from './passkeys-client.ts';

/** Proving again who is signed in. A sign-in or sign-out meanwhile ends it. */
export function createPasskeyReauthentication(
  context: PasskeyContext,
  queue: CeremonyQueue,
  hints: PasskeyHints,
): Pick<PasskeysClient, 'reauthenticate'> {
  const { session, call, platform } = context;
  const callWithSession = createSessionCall(context, call);

  return {
    async reauthenticate({ signal } = {}) {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const scope = session.scope();
      const chosen = await queue.run({ signal }, async (signal) => {
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
      const result = await reauthenticate(context, 'passkeys.reauthenticateVerify', proof);
      if (!result.success && result.unknownCredential) hints.tellUnknown(response.id);
      return result;
    },
  };
}
