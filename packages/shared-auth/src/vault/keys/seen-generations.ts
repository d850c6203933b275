import { refuse } from '../refused.ts';
import type { DeviceStore } from './device-store.ts';

/** The highest generation of each user's master key that has been opened here. Outlasts a sign-out. */
export interface SeenGenerations {
  /** Throws VAULT_UNREADABLE for a lower one: somebody has put an older row back (security check S34). */
  expectNotOlder(userId: string, generation: number): Promise<void>;
  /** Only for one that has been opened: what the server merely claims could be any number. */
  remember(userId: string, generation: number): Promise<void>;
}

/** Remembers them in memory too, for browsers that can't store anything. */
export function createSeenGenerations(device: DeviceStore): SeenGenerations {
  const inMemory = new Map<string, number>();

  async function findHighest(userId: string): Promise<number> {
    const stored = await device.find(userId);
    return Math.max(inMemory.get(userId) ?? 0, typeof stored === 'number' ? stored : 0);
  }

  return {
    async expectNotOlder(userId, generation) {
      if (generation >= (await findHighest(userId))) return;
      const message =
        'The server has an older key for this vault than this device has seen. It was not used. Please contact support.';
      throw refuse('VAULT_UNREADABLE', { message });
    },
    async remember(userId, generation) {
      if (generation <= (await findHighest(userId))) return;
      inMemory.set(userId, generation);
      await device.put(userId, generation);
    },
  };
}
