import { type UnlockedVault, unlockVault } from '@mana/auth-core/vault/wraps/unlocked-vault';
import type { VaultTools } from './context.ts';
import type { KeptKeys } from './keys/key-store.ts';
import {
  expectRecoveryCode,
  type FetchedKey,
  type MasterKey,
  openFetched,
  readMasterKey,
} from './keys/master-key.ts';
import { Refused, toFailureOf, want } from './refused.ts';
import type { VaultTurn } from './run-exclusive.ts';
import { expectVault } from './sync-status.ts';
import type { OnlyKept, StayUnlocked, VaultClient } from './vault-client.ts';
import type { VaultState } from './vault-state.ts';

export interface Unlocking extends Pick<VaultClient, 'init' | 'unlock' | 'unlockWithRecoveryCode'> {
  /** Goes on with this key, and wipes its bytes. */
  enter(turn: VaultTurn, key: MasterKey, options?: { stay: boolean }): Promise<VaultState>;
  /** What lasts of the failures of `work` is shown. */
  showing<T>(turn: VaultTurn, work: () => Promise<T>): Promise<T>;
}

/** Failures that asking again won't mend. */
const LASTING = ['VAULT_UNREADABLE', 'INTERNAL'];

export function createUnlocking(tools: VaultTools): Unlocking {
  const { state, server, keeper, seen, masterKeys, takeTurn, follow } = tools;

  async function enter(
    turn: VaultTurn,
    key: MasterKey,
    { stay } = { stay: false },
  ): Promise<VaultState> {
    const current = await unlockVault(key.bytes, key);
    return holdOpened(turn, { current, formers: [], zeroKnowledge: key.zeroKnowledge }, stay);
  }

  /** Keeps what this tab or device has of before a rotation: it isn't all encrypted anew yet. */
  async function holdOpened(turn: VaultTurn, keys: KeptKeys, stay: boolean): Promise<VaultState> {
    const { userId, scope } = turn;
    const { current } = keys;
    await seen.remember(userId, current.generation);
    const held = keeper.held();
    const kept = await keeper.findKept(userId);
    const known = [
      held?.current,
      ...(held?.formers ?? []),
      kept?.current,
      ...(kept?.formers ?? []),
      ...(await keeper.findFormers(userId)),
    ];
    const formers = withoutRepeats([...keys.formers, ...known.filter((one) => one !== undefined)]);
    return keeper.hold(
      { ...keys, formers: formers.filter(({ generation }) => generation < current.generation) },
      { stay: stay || held?.keptOnDevice === true || kept !== undefined, scope },
    );
  }

  async function unlockHeld({ scope }: VaultTurn, stay: boolean): Promise<VaultState | undefined> {
    const held = keeper.held();
    if (!held?.current) return undefined;
    if (!stay || held.keptOnDevice) return state.get();
    const { current, formers, zeroKnowledge } = held;
    return keeper.hold({ current, formers, zeroKnowledge }, { stay, scope });
  }

  /** What the device keeps serves unless the server says that there is a newer key. An outage says nothing. */
  async function unlockKept(turn: VaultTurn): Promise<VaultState | undefined> {
    const kept = await keeper.findKept(turn.userId);
    if (!kept) return undefined;
    const asked = await server.statusOnce();
    if (!asked.success && !asked.retryable) throw new Refused(asked);
    if (!asked.success) return holdOpened(turn, kept, true);
    await follow(asked.data, turn);
    const status = expectVault(asked.data);
    if (status.generation !== kept.current.generation) return undefined;
    return holdOpened(turn, { ...kept, zeroKnowledge: status.zeroKnowledge }, true);
  }

  async function unlockWithServer(turn: VaultTurn, stay: boolean): Promise<VaultState> {
    const fetched = await fetchShown(turn);
    if ('masterKey' in fetched) return enter(turn, readMasterKey(fetched), { stay });
    if (!turn.scope.aborted) state.show({ status: 'awaiting-recovery-code' });
    return state.get();
  }

  /** As `masterKeys.fetch`; what lasts of its failures is shown. */
  function fetchShown(turn: VaultTurn): Promise<FetchedKey> {
    return showing(turn, () => masterKeys.fetch(turn));
  }

  async function showing<T>({ scope }: VaultTurn, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = toFailureOf(error);
      if (!scope.aborted && !keeper.held()?.current) {
        if (failure.code === 'VAULT_NOT_INITIALISED') state.show({ status: 'absent' });
        else if (LASTING.includes(failure.code)) state.show({ status: 'error', failure });
      }
      throw error;
    }
  }

  async function unlock(
    turn: VaultTurn,
    { stayUnlocked: stay = false, onlyKept = false }: StayUnlocked & OnlyKept,
  ) {
    const opened = (await unlockHeld(turn, stay)) ?? (await showing(turn, () => unlockKept(turn)));
    if (opened) return opened;
    return onlyKept ? state.get() : showing(turn, () => unlockWithServer(turn, stay));
  }

  return {
    enter,
    showing,
    unlock: (options = {}) => takeTurn((turn) => unlock(turn, options)),
    init: (options = {}) =>
      takeTurn(async (turn) => {
        await follow(want(await server.init(turn.scope)), turn);
        return unlock(turn, options);
      }),
    unlockWithRecoveryCode: ({ recoveryCode, stayUnlocked: stay = false }) =>
      takeTurn(async (turn) => {
        expectRecoveryCode(recoveryCode);
        const fetched = await fetchShown(turn);
        return enter(turn, await openFetched(fetched, recoveryCode), { stay });
      }),
  };
}

function withoutRepeats(vaults: readonly UnlockedVault[]): UnlockedVault[] {
  return [...new Map(vaults.map((vault) => [vault.generation, vault])).values()];
}
