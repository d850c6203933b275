import type { EvaluatePrf } from '../passkeys/prf-evaluation.ts';
import type { CurrentSession } from '../session/current-session.ts';
import type { Renewal } from '../session/renewal.ts';
import type { WritableStore } from '../session/store.ts';
import type { Tabs } from '../session/tabs.ts';
import type { Call } from '../transport/call.ts';
import type { InputOf, VaultStatus } from '../transport/procedures.ts';
import type { KeyStore } from './keys/key-store.ts';
import type { FetchKey } from './keys/master-key.ts';
import type { SeenGenerations } from './keys/seen-generations.ts';
import type { RunExclusive, VaultTask } from './run-exclusive.ts';
import type { SyncStatus } from './sync-status.ts';
import type { VaultPlatform } from './vault-platform.ts';
import type { ExistingVault, VaultChange, VaultServer } from './vault-server.ts';
import type { VaultState } from './vault-state.ts';

/** What a vault is built from. */
export interface VaultDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
  readonly call: Call;
  readonly restore: Renewal['restore'];
  readonly platform: VaultPlatform;
  readonly evaluatePrf: EvaluatePrf;
}

/** What its calls are built from, once their code is loaded. */
export interface VaultCallDependencies extends VaultDependencies {
  /** Of the database with the keys that stay on this device. */
  readonly storedName: string;
  /** Of the database that outlasts a sign-out; it has no secret. */
  readonly seenName: string;
  readonly state: WritableStore<VaultState>;
  /** Aborted as soon as somebody locks, in any tab, signs out, or another user signs in. */
  readonly scope: () => AbortSignal;
}

/** What the calls share. */
export interface VaultContext extends VaultCallDependencies {
  readonly server: VaultServer;
  readonly keyStore: KeyStore;
  readonly seen: SeenGenerations;
  readonly fetchKey: FetchKey;
  readonly runExclusive: RunExclusive;
  readonly syncStatus: SyncStatus;
  /** Fetches the current status, and syncs this tab with it. Throws `Refused`. */
  fetchStatus(task: VaultTask): Promise<VaultStatus>;
  /** As `fetchStatus`. Throws VAULT_NOT_INITIALISED for a user without a vault. */
  getStatus(task: VaultTask): Promise<ExistingVault>;
  /** Has the server make a change, and syncs this tab with the new status. Throws `Refused`. */
  change<P extends VaultChange>(
    task: VaultTask,
    procedure: P,
    input: InputOf<P>,
  ): Promise<ExistingVault>;
}
