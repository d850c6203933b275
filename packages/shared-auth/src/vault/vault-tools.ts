import type { FollowStatus } from './follow-status.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { MasterKeys } from './master-key.ts';
import type { SeenGenerations } from './seen-generations.ts';
import type { VaultDependencies } from './vault-dependencies.ts';
import type { ExistingVault, VaultServer } from './vault-server.ts';
import type { TakeTurn, VaultTurn } from './vault-turns.ts';

/** What the calls share. */
export interface VaultTools extends VaultDependencies {
  readonly server: VaultServer;
  readonly keeper: KeyKeeper;
  readonly seen: SeenGenerations;
  readonly masterKeys: MasterKeys;
  readonly takeTurn: TakeTurn;
  readonly follow: FollowStatus;
  /** The status of now, which is shown. Throws VAULT_NOT_INITIALISED. */
  getStatus(turn: VaultTurn): Promise<ExistingVault>;
}
