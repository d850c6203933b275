import type { Ask } from '../ask.ts';
import type { CurrentSession } from '../current-session.ts';
import type { EvaluatePrf } from '../passkeys/prf-evaluation.ts';
import type { Renewal } from '../renewal.ts';
import type { WritableStore } from '../store.ts';
import type { Tabs } from '../tabs.ts';
import type { VaultPlatform } from './vault-platform.ts';
import type { VaultState } from './vault-state.ts';

/** What the calls about the vault are built from. */
export interface VaultDependencies {
  readonly session: CurrentSession;
  readonly tabs: Tabs;
  readonly ask: Ask;
  readonly restore: Renewal['restore'];
  readonly platform: VaultPlatform;
  readonly evaluatePrf: EvaluatePrf;
  /** The database of the keys that stay on this device. */
  readonly keptName: string;
  /** That of what outlasts a sign-out; no secret. */
  readonly seenName: string;
  readonly state: WritableStore<VaultState>;
  /** Aborted as soon as somebody locks, in whatever tab, signs out, or another user signs in. */
  readonly scope: () => AbortSignal;
}
