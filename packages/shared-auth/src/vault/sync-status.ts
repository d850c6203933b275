import type { WritableStore } from '../session/store.ts';
import type { VaultStatus } from '../transport/procedures.ts';
import type { KeyStore } from './keys/key-store.ts';
import { refuse } from './refused.ts';
import type { VaultTask } from './run-exclusive.ts';
import type { ExistingVault } from './vault-server.ts';
import type { VaultState } from './vault-state.ts';

/** Brings state and keys in line with a status: the vault may have been changed on another device. */
export type SyncStatus = (status: VaultStatus, task: VaultTask) => Promise<void>;

/** Does nothing for a task whose scope has ended. */
export function createSyncStatus(state: WritableStore<VaultState>, keyStore: KeyStore): SyncStatus {
  return async (status, { scope }) => {
    if (scope.aborted) return;
    if (!status.initialised) {
      keyStore.retire();
      // The next vault begins with generation 1 again, and these keys aren't its.
      await keyStore.forgetStored();
      state.set({ status: 'absent' });
      return;
    }
    const active = keyStore.active();
    const current = active?.current;
    if (current && status.generation > current.generation) return keyStore.retire();
    if (current && active.zeroKnowledge !== status.zeroKnowledge) {
      const { previousKeys, keptOnDevice: stay } = active;
      const { zeroKnowledge } = status;
      await keyStore.activate({ current, previousKeys, zeroKnowledge }, { stay, scope });
      return;
    }
    const { status: shown } = state.get();
    const isOutdated =
      shown === 'absent' || (shown === 'awaiting-recovery-code' && !status.zeroKnowledge);
    if (isOutdated) state.set({ status: 'locked' });
  };
}

/** Throws VAULT_NOT_INITIALISED for a user without a vault. */
export function expectVault(status: VaultStatus): ExistingVault {
  if (!status.initialised) throw refuse('VAULT_NOT_INITIALISED');
  return status;
}
