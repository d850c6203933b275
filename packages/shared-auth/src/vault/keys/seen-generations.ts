import { refuse } from '../refused.ts';
import type { DeviceStore } from './device-store.ts';

/** The highest generation of each user's master key that was opened here. Outlasts a sign-out. */
export interface SeenGenerations {
  /** Throws VAULT_UNREADABLE for one before it: an older row put back (security check S34). */
  expectNotOlder(userId: string, generation: number): Promise<void>;
  /** For one that was opened, and no other: what the server only says could be any number. */
  remember(userId: string, generation: number): Promise<void>;
}

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
        'The server has an older key of this vault than this device has seen. It was not used. Tell us.';
      throw refuse('VAULT_UNREADABLE', { message });
    },
    async remember(userId, generation) {
      if (generation <= (await findHighest(userId))) return;
      inMemory.set(userId, generation);
      await device.put(userId, generation);
    },
  };
}
