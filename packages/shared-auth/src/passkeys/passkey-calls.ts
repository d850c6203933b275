import { createSessionCall } from '../session/session-call.ts';
import { type CeremonyQueue, createCeremonyQueue } from './browser/ceremony-queue.ts';
import type { PasskeyContext } from './context.ts';
import { createPasskeyHints, type PasskeyHints } from './passkey-hints.ts';
import { createPasskeyReauthentication } from './passkey-reauthentication.ts';
import { createPasskeyRegistration, type PasskeyRegistration } from './passkey-registration.ts';
import { createPasskeySignIn } from './passkey-sign-in.ts';
import type { PasskeysClient } from './passkeys-client.ts';
import { createPrfEvaluation, type EvaluatePrf } from './prf-evaluation.ts';

/** All that isn't needed to find out whether passkeys work. A page loads it with its first call. */
export interface PasskeyCalls
  extends Pick<PasskeyHints, 'tellUser'>,
    Pick<PasskeyRegistration, 'upgrade'>,
    Pick<CeremonyQueue, 'stop'> {
  readonly passkeys: PasskeysClient;
  readonly evaluatePrf: EvaluatePrf;
}

/** The passkey calls, with one queue for their ceremonies. Leaving the page ends the pending one. */
export function createPasskeyCalls(context: PasskeyContext): PasskeyCalls {
  const hints = createPasskeyHints(context);
  const queue = createCeremonyQueue();
  const { upgrade, register } = createPasskeyRegistration(context, queue);
  context.platform?.page.addEventListener('pagehide', queue.stop);
  return {
    passkeys: {
      register,
      ...createPasskeySignIn(context, queue, hints),
      ...createPasskeyReauthentication(context, queue, hints),
      ...createPasskeyList(context, hints),
    },
    upgrade,
    evaluatePrf: createPrfEvaluation(context, queue),
    stop: queue.stop,
    tellUser: hints.tellUser,
  };
}

/** The browser learns of each change after it. */
function createPasskeyList(
  context: PasskeyContext,
  hints: PasskeyHints,
): Pick<PasskeysClient, 'list' | 'rename' | 'remove'> {
  const callWithSession = createSessionCall(context, context.call);
  return {
    list: () => callWithSession('passkeys.list', undefined, { required: 'passkeys' }),
    rename: (input) =>
      callWithSession('passkeys.rename', input, { required: 'passkey', onSuccess: hints.tellUser }),
    remove: (input) =>
      callWithSession('passkeys.remove', input, {
        required: 'removed',
        onSuccess: hints.tellAccepted,
      }),
  };
}
