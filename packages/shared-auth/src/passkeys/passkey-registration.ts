import type { AuthClient } from '../client/auth-client.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { wantPart } from '../transport/call.ts';
import { createWatch } from '../transport/observe-answer.ts';
import { createCredential } from './browser/call-browser.ts';
import type { CeremonyTurns } from './browser/ceremony-queue.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';

export interface PasskeyRegistration extends Pick<AuthClient['passkeys'], 'register'> {
  /**
   * Makes a passkey without a prompt, where browser and password manager agree to (WebAuthn Level 3,
   * section 5.1.3, conditional mediation). Silent where they don't, and whatever else comes between.
   * `scope` is of the session that it is for.
   */
  upgrade(scope: AbortSignal): Promise<void>;
}

/** A browser that can make one without asking does so at once; the challenge lives five minutes. */
const UPGRADE_LIMIT_MS = 60_000;

export function createPasskeyRegistration(
  dependencies: PasskeyDependencies,
  turns: CeremonyTurns,
): PasskeyRegistration {
  const { ask, capability, platform } = dependencies;
  const watch = createWatch(dependencies, ask);

  return {
    async register({ name } = {}) {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const made = await turns.take({ kind: 'asked' }, async (signal) => {
        const expectation = { promised: 'challenge', signal } as const;
        const options = await watch('passkeys.registerOptions', {}, expectation);
        return options.success ? createCredential(platform, options.data, { signal }) : options;
      });
      if (!made.success) return made;
      // The passkey is made by now, so a blank name doesn't stand in its way.
      const named = name?.trim() ? { name } : {};
      const input = { response: made.data, ...named };
      return watch('passkeys.registerVerify', input, { promised: 'passkey' });
    },

    async upgrade(scope) {
      const known = await capability.get();
      if (!platform || !known.success || !known.data.available) return;
      const ends = AbortSignal.any([scope, AbortSignal.timeout(UPGRADE_LIMIT_MS)]);
      const made = await turns.take({ kind: 'offered', signal: ends }, async (signal) => {
        const asked = await ask('passkeys.registerOptions', { conditional: true }, signal);
        const options = wantPart(asked, 'challenge');
        if (!options.success) return options;
        return createCredential(platform, options.data, { signal, mediation: 'conditional' });
      });
      if (!made.success) return;
      await ask('passkeys.registerVerify', { response: made.data, conditional: true });
    },
  };
}
