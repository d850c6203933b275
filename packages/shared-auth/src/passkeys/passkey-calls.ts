import type { AuthClient } from '../client/auth-client.ts';
import { createCeremonyTurns } from './browser/ceremony-queue.ts';
import { createPrfEvaluation, type EvaluatePrf } from './browser/prf-evaluation.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import { createPasskeyHints, type PasskeyHints } from './passkey-hints.ts';
import { createOwnPasskeys } from './passkey-list.ts';
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
  const turns = createCeremonyTurns();
  const { upgrade, register } = createPasskeyRegistration(dependencies, turns);
  dependencies.platform?.page.addEventListener('pagehide', turns.stop);
  return {
    passkeys: {
      register,
      ...createPasskeySignIn(dependencies, turns, hints),
      ...createPasskeyReauthentication(dependencies, turns, hints),
      ...createOwnPasskeys(dependencies, hints),
    },
    upgrade,
    evaluatePrf: createPrfEvaluation(dependencies, turns),
    stop: turns.stop,
    tellUser: hints.tellUser,
  };
}
