import { createSessionCall, type Expectation } from '../transport/observe-answer.ts';
import type { InputOf, OutputOf, VaultKey, VaultStatus } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { unwrap } from './refused.ts';
import { retryOnOutage } from './retry-on-outage.ts';
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

type CallAnyChange = <P extends Change>(
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
  const { call, platform } = dependencies;
  const callWithSession = createSessionCall(dependencies, call);
  const statusOnce = () => callWithSession('vault.status', undefined, { required: 'initialised' });

  function callForChange<P extends Change>(procedure: P, input: InputOf<P>) {
    // All of them answer a status, which TypeScript doesn't follow through a path that varies.
    const callAnyChange = callWithSession as CallAnyChange;
    return callAnyChange(procedure, input, { required: 'initialised' });
  }

  return {
    statusOnce,
    status: (scope) => retryOnOutage(platform, scope, statusOnce),
    init: (scope) =>
      retryOnOutage(platform, scope, () =>
        callWithSession('vault.init', undefined, { required: 'initialised' }),
      ),
    key: (scope) =>
      retryOnOutage(platform, scope, () =>
        callWithSession('vault.key', undefined, { required: 'generation' }),
      ),
    passkeyWraps: (scope) =>
      retryOnOutage(platform, scope, () =>
        callWithSession('vault.passkeyWraps', undefined, { required: 'wraps' }),
      ),
    passkeyOptions: (scope) =>
      retryOnOutage(platform, scope, () =>
        callWithSession('vault.passkeyOptions', undefined, { required: 'passkeys' }),
      ),
    change: async (procedure, input) => unwrap(await callForChange(procedure, input)),
    audit: (page) => callWithSession('vault.audit', page, { required: 'entries' }),
  };
}
