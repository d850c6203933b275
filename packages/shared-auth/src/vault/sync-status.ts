import type { VaultStatus } from '../transport/procedures.ts';
import type { KeyKeeper } from './keys/key-store.ts';
import { refuse } from './refused.ts';
import type { VaultTurn } from './run-exclusive.ts';
import type { VaultDependencies } from './vault-dependencies.ts';
import type { ExistingVault } from './vault-server.ts';

/** Shows what a status says of the vault: it may have been changed on another device. */
export type FollowStatus = (status: VaultStatus, turn: VaultTurn) => Promise<void>;

export function createFollowStatus(
  { state }: Pick<VaultDependencies, 'state'>,
  keeper: KeyKeeper,
): FollowStatus {
  return async (status, { scope }) => {
    if (scope.aborted) return;
    const shown = state.get().status;
    if (!status.initialised) {
      keeper.retire();
      // The next vault begins with generation 1 again, and these keys aren't its.
      await keeper.forgetKept();
      state.show({ status: 'absent' });
      return;
    }
    const held = keeper.held();
    const current = held?.current;
    if (current && status.generation > current.generation) return keeper.retire();
    if (current && held.zeroKnowledge !== status.zeroKnowledge) {
      const { formers, keptOnDevice: stay } = held;
      const { zeroKnowledge } = status;
      await keeper.hold({ current, formers, zeroKnowledge }, { stay, scope });
      return;
    }
    const isOutdated =
      shown === 'absent' || (shown === 'awaiting-recovery-code' && !status.zeroKnowledge);
    if (isOutdated) state.show({ status: 'locked' });
  };
}

/** Throws VAULT_NOT_INITIALISED for a user without a vault. */
export function expectVault(status: VaultStatus): ExistingVault {
  if (!status.initialised) throw refuse('VAULT_NOT_INITIALISED');
  return status;
}
