import type { EvaluatePrf } from '../passkeys/browser/prf-evaluation.ts';
import type { CurrentSession } from '../session/current-session.ts';
import type { Renewal } from '../session/renewal.ts';
import type { WritableStore } from '../session/store.ts';
import type { Tabs } from '../session/tabs.ts';
import type { Call } from '../transport/call.ts';
import type { VaultPlatform } from './keys/vault-platform.ts';
import type { VaultState } from './vault-state.ts';

/** What the calls about the vault are built from. */
export interface VaultDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
  readonly call: Call;
  readonly restore: Renewal['restore'];
  readonly platform: VaultPlatform;
  readonly evaluatePrf: EvaluatePrf;
  /** The database of the keys that stay on this device. */
  readonly storedName: string;
  /** That of what outlasts a sign-out; no secret. */
  readonly seenName: string;
  readonly state: WritableStore<VaultState>;
  /** Aborted as soon as somebody locks, in whatever tab, signs out, or another user signs in. */
  readonly scope: () => AbortSignal;
}
