import { createStore } from '../session/store.ts';
import { toFailure } from '../transport/auth-failure.ts';
import { type AuthResult, succeed } from '../transport/result.ts';
import type { VaultDependencies } from './context.ts';
import { forgetStored } from './keys/forget-stored.ts';
import type { VaultCalls } from './vault-calls.ts';
import type { VaultClient } from './vault-client.ts';
import { toLocked, type VaultState } from './vault-state.ts';

/** Imports the code of the calls; it may fail, as any download may. */
export type LoadVaultCalls = () => Promise<typeof import('./vault-calls.ts')>;

/** Loads the code of the calls with the first of them. Locking doesn't need it. */
export function createVault(
  { name, ...dependencies }: VaultDependencies & { readonly name: string },
  load: LoadVaultCalls = () => import('./vault-calls.ts'),
): VaultClient {
  const { session, tabs, platform } = dependencies;
  const locked: VaultState = { status: 'locked' };
  const state = createStore<VaultState>(locked);
  const storedName = `${name} vault`;
  let loading: Promise<VaultCalls> | undefined;
  let scope = new AbortController();
  let userId: string | undefined;

  async function loadOnce(): Promise<VaultCalls> {
    const { createVaultCalls } = await load();
    const seenName = `${name} vault generations`;
    return createVaultCalls({
      ...{ ...dependencies, storedName, seenName, state },
      scope: () => scope.signal,
    });
  }

  async function use<T>(call: (vault: VaultCalls) => Promise<AuthResult<T>>) {
    const { signal } = scope;
    loading ??= loadOnce();
    const own = loading;
    const vault = await own.catch(() => undefined);
    if (vault) return signal.aborted ? toLocked() : call(vault);
    // Code that failed to load is requested again by the next call.
    if (loading === own) loading = undefined;
    return toFailure('SERVICE_UNAVAILABLE');
  }

  function drop(): void {
    scope.abort();
    scope = new AbortController();
    state.set(locked);
  }

  function forget(): Promise<void> {
    return forgetStored(platform.indexedDb, storedName);
  }

  session.store.subscribe((next) => {
    const nextId = next.status === 'signed-in' ? next.user.id : undefined;
    const isSameUser = nextId !== undefined && (userId === undefined || userId === nextId);
    userId = nextId;
    if (isSameUser) return;
    drop();
    // A browser that can't delete has stored nothing.
    forget().catch(() => undefined);
  });
  tabs.subscribe(({ type }) => {
    if (type === 'vault-locked') drop();
  });

  return {
    state: { get: state.get, subscribe: state.subscribe },
    async lock() {
      drop();
      tabs.post({ type: 'vault-locked' });
      return forget().then(
        () => succeed(locked),
        () => toFailure('INTERNAL', { retryable: true }),
      );
    },
    status: () => use((vault) => vault.status()),
    init: (options) => use((vault) => vault.init(options)),
    unlock: (options) => use((vault) => vault.unlock(options)),
    unlockWithRecoveryCode: (input) => use((vault) => vault.unlockWithRecoveryCode(input)),
    setupRecoveryCode: () => use((vault) => vault.setupRecoveryCode()),
    rotateRecoveryCode: (current) => use((vault) => vault.rotateRecoveryCode(current)),
    confirmRecoveryCode: (typed) => use((vault) => vault.confirmRecoveryCode(typed)),
    clearRecoveryCode: () => use((vault) => vault.clearRecoveryCode()),
    setupPasskeyUnlock: (input) => use((vault) => vault.setupPasskeyUnlock(input)),
    unlockWithPasskey: (options) => use((vault) => vault.unlockWithPasskey(options)),
    clearPasskeyUnlock: (input) => use((vault) => vault.clearPasskeyUnlock(input)),
    enableZeroKnowledge: (typed) => use((vault) => vault.enableZeroKnowledge(typed)),
    disableZeroKnowledge: (typed) => use((vault) => vault.disableZeroKnowledge(typed)),
    rotate: () => use((vault) => vault.rotate()),
    forgetFormerKeys: () => use((vault) => vault.forgetFormerKeys()),
    audit: (page) => use((vault) => vault.audit(page)),
    encryptValue: (input) => use((vault) => vault.encryptValue(input)),
    decryptValue: (input) => use((vault) => vault.decryptValue(input)),
    encryptFields: (input) => use((vault) => vault.encryptFields(input)),
    decryptFields: (input) => use((vault) => vault.decryptFields(input)),
  };
}
