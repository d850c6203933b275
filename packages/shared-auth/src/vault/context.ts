import type { KeyKeeper } from './keys/key-store.ts';
import type { MasterKeys } from './keys/master-key.ts';
import type { SeenGenerations } from './keys/seen-generations.ts';
import type { TakeTurn, VaultTurn } from './run-exclusive.ts';
import type { FollowStatus } from './sync-status.ts';
import type { VaultDependencies } from './vault-dependencies.ts';
import type { ExistingVault, VaultServer } from './vault-server.ts';

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
