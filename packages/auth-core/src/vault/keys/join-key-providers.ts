import { toUnreadable } from '../format/unreadable.ts';
import type { KeyProvider } from './key-provider.ts';

/**
 * Joins providers into one: the first wraps, and each unwraps what names one of its keys. So a row under a
 * key from the environment still opens while the active key is in a key service.
 *
 * Throws a `TypeError` for a kek id that two of them have.
 */
export function joinKeyProviders(active: KeyProvider, ...others: KeyProvider[]): KeyProvider {
  const owners = new Map<string, KeyProvider>();
  for (const provider of [active, ...others]) {
    for (const kekId of provider.kekIds) {
      if (owners.has(kekId)) throw new TypeError(`Two key providers have the kek "${kekId}"`);
      owners.set(kekId, provider);
    }
  }
  return {
    activeKekId: active.activeKekId,
    kekIds: [active, ...others].flatMap(({ kekIds }) => kekIds),
    wrap: (plaintext, subject) => active.wrap(plaintext, subject),
    async unwrap(stored, subject) {
      const owner = owners.get(stored.kekId);
      if (!owner) throw toUnreadable();
      return owner.unwrap(stored, subject);
    },
  };
}
