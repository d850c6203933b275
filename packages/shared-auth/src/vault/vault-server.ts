import { createWatch, type Expectation } from '../transport/observe-answer.ts';
import type { InputOf, OutputOf, VaultKey, VaultStatus } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { want } from './refused.ts';
import { askPatiently } from './retry-on-outage.ts';
import type { VaultDependencies } from './vault-dependencies.ts';

/** A vault that is there. */
export type ExistingVault = Extract<VaultStatus, { initialised: true }>;

/** What changes a vault, and answers its status. */
type Change =
  | 'vault.rotate'
  | 'vault.setRecoveryWrap'
  | 'vault.clearRecoveryWrap'
  | 'vault.setPasskeyWrap'
  | 'vault.clearPasskeyWrap'
  | 'vault.enableZeroKnowledge'
  | 'vault.disableZeroKnowledge';

type WatchChange = <P extends Change>(
  procedure: P,
  input: InputOf<P>,
  expectation: Expectation<VaultStatus>,
) => Promise<AuthResult<VaultStatus>>;

/** The server's part of the vault. What only reads is asked again after an outage, a change never. */
export interface VaultServer {
  status(scope: AbortSignal): Promise<AuthResult<VaultStatus>>;
  /** Once: for who can go on without an answer. */
  statusOnce(): Promise<AuthResult<VaultStatus>>;
  init(scope: AbortSignal): Promise<AuthResult<VaultStatus>>;
  /** Secret answer. */
  key(scope: AbortSignal): Promise<AuthResult<VaultKey>>;
  /** What the user's passkeys open, each with its own secret. */
  passkeyWraps(scope: AbortSignal): Promise<AuthResult<OutputOf<'vault.passkeyWraps'>>>;
  /** For which passkeys a wrap can be made. REAUTHENTICATION_REQUIRED where setting it would be. */
  passkeyOptions(scope: AbortSignal): Promise<AuthResult<OutputOf<'vault.passkeyOptions'>>>;
  /** Throws `Refused`. */
  change<P extends Change>(procedure: P, input: InputOf<P>): Promise<VaultStatus>;
  audit(page: InputOf<'vault.audit'>): Promise<AuthResult<OutputOf<'vault.audit'>>>;
}

export function createVaultServer(dependencies: VaultDependencies): VaultServer {
  const { ask, platform } = dependencies;
  const watch = createWatch(dependencies, ask);
  const statusOnce = () => watch('vault.status', undefined, { promised: 'initialised' });

  function askForChange<P extends Change>(procedure: P, input: InputOf<P>) {
    // All of them answer a status, which TypeScript doesn't follow through a path that varies.
    const watchChange = watch as WatchChange;
    return watchChange(procedure, input, { promised: 'initialised' });
  }

  return {
    statusOnce,
    status: (scope) => askPatiently(platform, scope, statusOnce),
    init: (scope) =>
      askPatiently(platform, scope, () =>
        watch('vault.init', undefined, { promised: 'initialised' }),
      ),
    key: (scope) =>
      askPatiently(platform, scope, () =>
        watch('vault.key', undefined, { promised: 'generation' }),
      ),
    passkeyWraps: (scope) =>
      askPatiently(platform, scope, () =>
        watch('vault.passkeyWraps', undefined, { promised: 'wraps' }),
      ),
    passkeyOptions: (scope) =>
      askPatiently(platform, scope, () =>
        watch('vault.passkeyOptions', undefined, { promised: 'passkeys' }),
      ),
    change: async (procedure, input) => want(await askForChange(procedure, input)),
    audit: (page) => watch('vault.audit', page, { promised: 'entries' }),
  };
}
