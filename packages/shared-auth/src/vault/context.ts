import type { KeyStore } from './keys/key-store.ts';
import type { MasterKeys } from './keys/master-key.ts';
import type { SeenGenerations } from './keys/seen-generations.ts';
import type { RunExclusive, VaultTask } from './run-exclusive.ts';
import type { SyncStatus } from './sync-status.ts';
import type { VaultDependencies } from './vault-dependencies.ts';
import type { ExistingVault, VaultServer } from './vault-server.ts';

/** What the calls share. */
export interface VaultContext extends VaultDependencies {
  readonly server: VaultServer;
  readonly keyStore: KeyStore;
  readonly seen: SeenGenerations;
  readonly masterKeys: MasterKeys;
  readonly runExclusive: RunExclusive;
  readonly syncStatus: SyncStatus;
  /** The status of now, which is shown. Throws VAULT_NOT_INITIALISED. */
  getStatus(task: VaultTask): Promise<ExistingVault>;
}
