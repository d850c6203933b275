import type { AuthClient } from '../auth-client.ts';
import { toFailure } from '../auth-failure.ts';
import { succeed } from '../result.ts';

/** Holds the place of passkeys until they are there: everything says that there are none. */
export function createPasskeys(): Pick<
  AuthClient,
  'getPasskeyCapability' | 'passkeyAvailable' | 'passkeys'
> {
  const none = async () => toFailure('PASSKEY_NOT_ENABLED');
  return {
    getPasskeyCapability: async () =>
      succeed({ available: false, conditionalUI: false, rpId: 'localhost' }),
    passkeyAvailable: false,
    passkeys: {
      register: none,
      signIn: none,
      signInWithAutofill: none,
      list: none,
      rename: none,
      remove: none,
    },
  };
}
