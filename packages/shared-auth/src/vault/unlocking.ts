import { type UnlockedVault, unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import type { VaultContext } from './context.ts';
import type { StoredKeys } from './keys/key-store.ts';
import {
  expectRecoveryCode,
  type MasterKey,
  openFetched,
  readMasterKey,
} from './keys/master-key.ts';
import { Refused, toFailureOf, unwrap } from './refused.ts';
import type { VaultTask } from './run-exclusive.ts';
import { expectVault } from './sync-status.ts';
import type { OnlyKept, StayUnlocked, VaultClient } from './vault-client.ts';
import type { VaultState } from './vault-state.ts';

/** The ways to unlock that need no passkey. */
export interface Unlocking extends Pick<VaultClient, 'init' | 'unlock' | 'unlockWithRecoveryCode'> {
  /** Makes this key the active one, and wipes its bytes. */
  enter(task: VaultTask, key: MasterKey, options?: { stay: boolean }): Promise<VaultState>;
  /** Runs `work`. A failure that trying again won't fix shows in the state. */
  withErrorState<T>(task: VaultTask, work: () => Promise<T>): Promise<T>;
}

/** Failures that trying again won't fix. */
const LASTING_CODES = ['VAULT_UNREADABLE', 'INTERNAL'];

/** Unlocks with the keys of this tab, or those of this device, or else with the server's help. */
export function createUnlocking(context: VaultContext): Unlocking {
  const { state, server, keyStore, seen, fetchKey, runExclusive, syncStatus } = context;

  async function enter(
    task: VaultTask,
    key: MasterKey,
    { stay } = { stay: false },
  ): Promise<VaultState> {
    const current = await unlockVault(key.bytes, key);
    return activateOpened(
      task,
      { current, previousKeys: [], zeroKnowledge: key.zeroKnowledge },
      stay,
    );
  }

  /** Keeps the previous keys of this tab and device: not everything may be re-encrypted yet. */
  async function activateOpened(
    task: VaultTask,
    keys: StoredKeys,
    stay: boolean,
  ): Promise<VaultState> {
    const { userId, scope } = task;
    const { current } = keys;
    await seen.remember(userId, current.generation);
    const active = keyStore.active();
    const stored = await keyStore.findStored(userId);
    const known = [
      active?.current,
      ...(active?.previousKeys ?? []),
      stored?.current,
      ...(stored?.previousKeys ?? []),
      ...(await keyStore.findPreviousKeys(userId)),
    ];
    const previousKeys = withoutDuplicates([
      ...keys.previousKeys,
      ...known.filter((one) => one !== undefined),
    ]);
    return keyStore.activate(
      {
        ...keys,
        previousKeys: previousKeys.filter(({ generation }) => generation < current.generation),
      },
      { stay: stay || active?.keptOnDevice === true || stored !== undefined, scope },
    );
  }

  async function unlockActive(
    { scope }: VaultTask,
    stay: boolean,
  ): Promise<VaultState | undefined> {
    const active = keyStore.active();
    if (!active?.current) return undefined;
    if (!stay || active.keptOnDevice) return state.get();
    const { current, previousKeys, zeroKnowledge } = active;
    return keyStore.activate({ current, previousKeys, zeroKnowledge }, { stay, scope });
  }

  /** The stored keys serve unless the server says that there is a newer one. An outage doesn't say so. */
  async function unlockStored(task: VaultTask): Promise<VaultState | undefined> {
    const stored = await keyStore.findStored(task.userId);
    if (!stored) return undefined;
    const result = await server.statusOnce();
    if (!result.success && !result.retryable) throw new Refused(result);
    if (!result.success) return activateOpened(task, stored, true);
    await syncStatus(result.data, task);
    const status = expectVault(result.data);
    if (status.generation !== stored.current.generation) return undefined;
    return activateOpened(task, { ...stored, zeroKnowledge: status.zeroKnowledge }, true);
  }

  async function unlockWithServer(task: VaultTask, stay: boolean): Promise<VaultState> {
    const fetched = await fetchKey(task);
    if ('masterKey' in fetched) return enter(task, readMasterKey(fetched), { stay });
    if (!task.scope.aborted) state.set({ status: 'awaiting-recovery-code' });
    return state.get();
  }

  async function withErrorState<T>({ scope }: VaultTask, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = toFailureOf(error);
      if (!scope.aborted && !keyStore.active()?.current) {
        if (failure.code === 'VAULT_NOT_INITIALISED') state.set({ status: 'absent' });
        else if (LASTING_CODES.includes(failure.code)) state.set({ status: 'error', failure });
      }
      throw error;
    }
  }

  async function unlock(
    task: VaultTask,
    { stayUnlocked: stay = false, onlyKept = false }: StayUnlocked & OnlyKept,
  ) {
    const opened =
      (await unlockActive(task, stay)) ?? (await withErrorState(task, () => unlockStored(task)));
    if (opened) return opened;
    return onlyKept ? state.get() : withErrorState(task, () => unlockWithServer(task, stay));
  }

  return {
    enter,
    withErrorState,
    unlock: (options = {}) => runExclusive((task) => unlock(task, options)),
    init: (options = {}) =>
      runExclusive(async (task) => {
        await syncStatus(unwrap(await server.init(task.scope)), task);
        return unlock(task, options);
      }),
    unlockWithRecoveryCode: ({ recoveryCode, stayUnlocked: stay = false }) =>
      runExclusive(async (task) => {
        expectRecoveryCode(recoveryCode);
        const fetched = await withErrorState(task, () => fetchKey(task));
        return enter(task, await openFetched(fetched, recoveryCode), { stay });
      }),
  };
}

function withoutDuplicates(vaults: readonly UnlockedVault[]): UnlockedVault[] {
  return [...new Map(vaults.map((vault) => [vault.generation, vault])).values()];
}
