import type { AuthClient } from '../client/auth-client.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { requireField } from '../transport/call.ts';
import { createSessionCall } from '../transport/observe-answer.ts';
import { createCredential } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
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
  queue: CeremonyQueue,
): PasskeyRegistration {
  const { call, capability, platform } = dependencies;
  const callWithSession = createSessionCall(dependencies, call);

  return {
    async register({ name } = {}) {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const made = await queue.run({ kind: 'requested' }, async (signal) => {
        const expectation = { required: 'challenge', signal } as const;
        const options = await callWithSession('passkeys.registerOptions', {}, expectation);
        return options.success ? createCredential(platform, options.data, { signal }) : options;
      });
      if (!made.success) return made;
      // The passkey is made by now, so a blank name doesn't stand in its way.
      const named = name?.trim() ? { name } : {};
      const input = { response: made.data, ...named };
      return callWithSession('passkeys.registerVerify', input, { required: 'passkey' });
    },

    async upgrade(scope) {
      const known = await capability.get();
      if (!platform || !known.success || !known.data.available) return;
      const ends = AbortSignal.any([scope, AbortSignal.timeout(UPGRADE_LIMIT_MS)]);
      const made = await queue.run({ kind: 'offered', signal: ends }, async (signal) => {
        const asked = await call('passkeys.registerOptions', { conditional: true }, signal);
        const options = requireField(asked, 'challenge');
        if (!options.success) return options;
        return createCredential(platform, options.data, { signal, mediation: 'conditional' });
      });
      if (!made.success) return;
      await call('passkeys.registerVerify', { response: made.data, conditional: true });
    },
  };
}
