import type { UnlockedVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import type { VaultContext } from './context.ts';
import type { ActiveKeys } from './keys/key-store.ts';
import { readMasterKey } from './keys/master-key.ts';
import { mayHaveHappened, Refused, refuse } from './refused.ts';
import type { VaultTask } from './run-exclusive.ts';
import type { Unlocking } from './unlocking.ts';
import type { VaultClient } from './vault-client.ts';
import { toLocked } from './vault-state.ts';

/** Replacing the vault's key. This tab's keys go on decrypting, whichever response is lost. */
export function createRotation(
  { state, tabs, keyStore, fetchKey, runExclusive, getStatus, change }: VaultContext,
  { enter }: Pick<Unlocking, 'enter'>,
): Pick<VaultClient, 'rotate' | 'forgetFormerKeys'> {
  /** The generation that a rotation has begun to replace. The next call finishes it, and doesn't repeat it. */
  let replacing: number | undefined;

  /** Has the server replace the newest key of this tab. */
  async function replaceKey(task: VaultTask): Promise<void> {
    const active = keyStore.active();
    const newest = active?.current ?? active?.previousKeys[0];
    if (!active || !newest) throw new Refused(toLocked());
    const { generation, revision } = await getStatus(task);
    if (generation === newest.generation + 1 && replacing === newest.generation) return;
    if (generation !== newest.generation) throw refuse('VAULT_CONFLICT');
    replacing = generation;
    // Before the key is gone everywhere else: a tab can close at any moment.
    await keyStore.storePreviousKeys(listKeys(active), task.scope);
    try {
      await change(task, 'vault.rotate', { revision });
    } catch (error) {
      if (!mayHaveHappened(error)) {
        replacing = undefined;
        await keyStore.storePreviousKeys(active.previousKeys, task.scope);
      }
      throw error;
    }
  }

  return {
    rotate: () =>
      runExclusive(async (task) => {
        await replaceKey(task);
        // Otherwise the other tabs would go on encrypting with a key that is gone.
        tabs.post({ type: 'vault-locked' });
        const opened = await enter(task, readMasterKey(await fetchKey(task)));
        replacing = undefined;
        return opened;
      }),

    forgetFormerKeys: () =>
      runExclusive(async ({ userId, scope }) => {
        const active = keyStore.active();
        if (!active?.current) throw new Refused(toLocked());
        const { current, zeroKnowledge, keptOnDevice: stay } = active;
        const onDevice = await keyStore.findPreviousKeys(userId);
        // Another tab may be about to replace the current key.
        const needed = onDevice.filter(({ generation }) => generation >= current.generation);
        if (needed.length < onDevice.length) await keyStore.storePreviousKeys(needed, scope);
        if (active.previousKeys.length === 0) return state.get();
        return keyStore.activate({ current, previousKeys: [], zeroKnowledge }, { stay, scope });
      }),
  };
}

function listKeys({ current, previousKeys }: ActiveKeys): readonly UnlockedVault[] {
  return current ? [current, ...previousKeys] : previousKeys;
}
