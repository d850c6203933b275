import type { AuthClient } from '../client/auth-client.ts';
import { createCeremonyQueue } from './browser/ceremony-queue.ts';
import { createPrfEvaluation, type EvaluatePrf } from './browser/prf-evaluation.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import { createPasskeyHints, type PasskeyHints } from './passkey-hints.ts';
import { createPasskeyList } from './passkey-list.ts';
import { createPasskeyReauthentication } from './passkey-reauthentication.ts';
import { createPasskeyRegistration, type PasskeyRegistration } from './passkey-registration.ts';
import { createPasskeySignIn } from './passkey-sign-in.ts';

/** All that isn't needed to know whether passkeys work: a page loads it when it uses one. */
export interface PasskeyCalls
  extends Pick<PasskeyHints, 'tellUser'>,
    Pick<PasskeyRegistration, 'upgrade'> {
  readonly passkeys: AuthClient['passkeys'];
  readonly evaluatePrf: EvaluatePrf;
  /** Ends the ceremony that is pending. */
  stop(): void;
}

export function createPasskeyCalls(dependencies: PasskeyDependencies): PasskeyCalls {
  const hints = createPasskeyHints(dependencies);
  const queue = createCeremonyQueue();
  const { upgrade, register } = createPasskeyRegistration(dependencies, queue);
  dependencies.platform?.page.addEventListener('pagehide', queue.stop);
  return {
    passkeys: {
      register,
      ...createPasskeySignIn(dependencies, queue, hints),
      ...createPasskeyReauthentication(dependencies, queue, hints),
      ...createPasskeyList(dependencies, hints),
    },
    upgrade,
    evaluatePrf: createPrfEvaluation(dependencies, queue),
    stop: queue.stop,
    tellUser: hints.tellUser,
  };
}
