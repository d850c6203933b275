import type { AuthClient } from '../client/auth-client.ts';
import { createWatch } from '../transport/observe-answer.ts';
import type { PasskeyDependencies } from './passkey-dependencies.ts';
import type { PasskeyHints } from './passkey-hints.ts';

type OwnPasskeys = Pick<AuthClient['passkeys'], 'list' | 'rename' | 'remove'>;

/** What somebody who is signed in does with their passkeys. The browser hears of it afterwards. */
export function createOwnPasskeys(
  dependencies: PasskeyDependencies,
  hints: PasskeyHints,
): OwnPasskeys {
  const watch = createWatch(dependencies, dependencies.ask);
  return {
    list: () => watch('passkeys.list', undefined, { promised: 'passkeys' }),
    rename: (input) =>
      watch('passkeys.rename', input, { promised: 'passkey', onSuccess: hints.tellUser }),
    remove: (input) =>
      watch('passkeys.remove', input, { promised: 'removed', onSuccess: hints.tellAccepted }),
  };
}
