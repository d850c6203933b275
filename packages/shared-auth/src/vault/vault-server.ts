import {
  createSessionCall,
  type Expectation,
  type SessionCallDependencies,
} from '../session/session-call.ts';
import type { Call } from '../transport/call.ts';
import type { InputOf, OutputOf, VaultKey, VaultStatus } from '../transport/procedures.ts';
import type { AuthResult } from '../transport/result.ts';
import { retryOnOutage } from './retry-on-outage.ts';
import type { VaultPlatform } from './vault-platform.ts';

/** The status of a vault that exists. */
export type ExistingVault = Extract<VaultStatus, { initialised: true }>;

/** Procedures that change a vault and return its status. */
export type VaultChange =
  | 'vault.rotate'
  | 'vault.setRecoveryWrap'
  | 'vault.clearRecoveryWrap'
  | 'vault.setPasskeyWrap'
  | 'vault.clearPasskeyWrap'
  | 'vault.enableZeroKnowledge'
  | 'vault.disableZeroKnowledge';

type CallAnyChange = <P extends VaultChange>(
  procedure: P,
  input: InputOf<P>,
  expectation: Expectation<VaultStatus>,
) => Promise<AuthResult<VaultStatus>>;

/** The server's part of the vault. After an outage, reads are repeated and changes never are. */
export interface VaultServer {
  status(scope: AbortSignal): Promise<AuthResult<VaultStatus>>;
  /** Without repeating it, for callers that can do without. */
  statusOnce(): Promise<AuthResult<VaultStatus>>;
  init(scope: AbortSignal): Promise<AuthResult<VaultStatus>>;
  /** Secret result. */
  key(scope: AbortSignal): Promise<AuthResult<VaultKey>>;
  /** The wraps that the user's passkeys open, each with its own secret. */
  passkeyWraps(scope: AbortSignal): Promise<AuthResult<OutputOf<'vault.passkeyWraps'>>>;
  /** The passkeys that a wrap can be made for. REAUTHENTICATION_REQUIRED where setting one would be. */
  passkeyOptions(scope: AbortSignal): Promise<AuthResult<OutputOf<'vault.passkeyOptions'>>>;
  change<P extends VaultChange>(procedure: P, input: InputOf<P>): Promise<AuthResult<VaultStatus>>;
  audit(page: InputOf<'vault.audit'>): Promise<AuthResult<OutputOf<'vault.audit'>>>;
}

interface Dependencies extends SessionCallDependencies {
  readonly call: Call;
  readonly platform: VaultPlatform;
}

/** Every call ends the session when the server says that it has ended. */
export function createVaultServer(dependencies: Dependencies): VaultServer {
  const { call, platform } = dependencies;
  const callWithSession = createSessionCall(dependencies, call);
  const statusOnce = () => callWithSession('vault.status', undefined, { required: 'initialised' });

  // All of them return a status, which TypeScript can't follow through a path that varies.
  const callAnyChange = callWithSession as CallAnyChange;

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
    change: (procedure, input) => callAnyChange(procedure, input, { required: 'initialised' }),
    audit: (page) => callWithSession('vault.audit', page, { required: 'entries' }),
  };
}
