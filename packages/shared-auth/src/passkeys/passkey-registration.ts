import { createSessionCall } from '../session/session-call.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { requireField } from '../transport/call.ts';
import { createCredential } from './browser/call-browser.ts';
import type { CeremonyQueue } from './browser/ceremony-queue.ts';
import type { PasskeyContext } from './context.ts';
import type { PasskeysClient } from './passkeys-client.ts';

/** Creating passkeys: when the user asks for one, and after a sign-in with a password. */
export interface PasskeyRegistration extends Pick<PasskeysClient, 'register'> {
  /**
   * Creates a passkey without a prompt where browser and password manager agree (WebAuthn Level 3,
   * section 5.1.3, conditional mediation). Silent when they don't, or when anything else fails. `scope`
   * is that of the session it is for.
   */
  upgrade(scope: AbortSignal): Promise<void>;
}

/** A browser that can create one without a prompt does so at once; the challenge lives five minutes. */
const UPGRADE_LIMIT_MS = 60_000;

/** Both ways run in the queue: `register` as requested, `upgrade` as offered. */
export function createPasskeyRegistration(
  context: PasskeyContext,
  queue: CeremonyQueue,
): PasskeyRegistration {
  const { call, capability, platform } = context;
  const callWithSession = createSessionCall(context, call);

  return {
    async register({ name } = {}) {
      if (!platform) return toFailure('PASSKEY_NOT_ENABLED');
      const created = await queue.run({}, async (signal) => {
        const expectation = { required: 'challenge', signal } as const;
        const options = await callWithSession('passkeys.registerOptions', {}, expectation);
        return options.success ? createCredential(platform, options.data, { signal }) : options;
      });
      if (!created.success) return created;
      // The passkey exists by now, so a blank name mustn't stop it.
      const named = name?.trim() ? { name } : {};
      const input = { response: created.data, ...named };
      return callWithSession('passkeys.registerVerify', input, { required: 'passkey' });
    },

    async upgrade(scope) {
      const known = await capability.get();
      if (!platform || !known.success || !known.data.available) return;
      const ends = AbortSignal.any([scope, AbortSignal.timeout(UPGRADE_LIMIT_MS)]);
      const created = await queue.run({ isOffer: true, signal: ends }, async (signal) => {
        const result = await call('passkeys.registerOptions', { conditional: true }, signal);
        const options = requireField(result, 'challenge');
        if (!options.success) return options;
        return createCredential(platform, options.data, { signal, mediation: 'conditional' });
      });
      if (!created.success) return;
      await call('passkeys.registerVerify', { response: created.data, conditional: true });
    },
  };
}
