import type { AuthClient } from '../client/auth-client.ts';
import { createSessionCall } from '../transport/observe-answer.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import type { PasskeyHints } from './passkey-hints.ts';

type PasskeyList = Pick<AuthClient['passkeys'], 'list' | 'rename' | 'remove'>;

/** What somebody who is signed in does with their passkeys. The browser hears of it afterwards. */
export function createPasskeyList(
  dependencies: PasskeyDependencies,
  hints: PasskeyHints,
): PasskeyList {
  const callWithSession = createSessionCall(dependencies, dependencies.call);
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
