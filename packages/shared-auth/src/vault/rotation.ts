import type { UnlockedVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import type { VaultContext } from './context.ts';
import type { ActiveKeys } from './keys/key-store.ts';
import { readMasterKey } from './keys/master-key.ts';
import { toLocked } from './locked.ts';
import { mayHaveHappened, Refused, refuse } from './refused.ts';
import type { VaultTask } from './run-exclusive.ts';
import type { Unlocking } from './unlocking.ts';
import type { VaultClient } from './vault-client.ts';

/** Another key for the vault. What this tab holds still decrypts, whatever becomes of the answers. */
export function createRotation(
  { state, tabs, server, keyStore, masterKeys, runExclusive, syncStatus, getStatus }: VaultContext,
  { enter }: Pick<Unlocking, 'enter'>,
): Pick<VaultClient, 'rotate' | 'forgetFormerKeys'> {
  /** The generation whose end was asked for. Its rotation is finished by the next call, not repeated. */
  let ending: number | undefined;

  /** Ends the newest key that this tab holds. */
  async function endKey(task: VaultTask): Promise<void> {
    const active = keyStore.active();
    const newest = active?.current ?? active?.previousKeys[0];
    if (!active || !newest) throw new Refused(toLocked());
    const { generation, revision } = await getStatus(task);
    if (generation === newest.generation + 1 && ending === newest.generation) return;
    if (generation !== newest.generation) throw refuse('VAULT_CONFLICT');
    ending = generation;
    // Before it is gone everywhere else: a tab can close at any moment.
    await keyStore.storePreviousKeys(listKeys(active), task.scope);
    try {
      await syncStatus(await server.change('vault.rotate', { revision }), task);
    } catch (error) {
      if (!mayHaveHappened(error)) {
        ending = undefined;
        await keyStore.storePreviousKeys(active.previousKeys, task.scope);
      }
      throw error;
    }
  }

  return {
    rotate: () =>
      runExclusive(async (task) => {
        await endKey(task);
        // The other tabs would go on encrypting with a key that is gone.
        tabs.post({ type: 'vault-locked' });
        const opened = await enter(task, readMasterKey(await masterKeys.fetch(task)));
        ending = undefined;
        return opened;
      }),

    forgetFormerKeys: () =>
      runExclusive(async ({ userId, scope }) => {
        const active = keyStore.active();
        if (!active?.current) throw new Refused(toLocked());
        const { current, zeroKnowledge, keptOnDevice: stay } = active;
        const onDevice = await keyStore.findPreviousKeys(userId);
        // Another tab may be about to end the key of now.
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
