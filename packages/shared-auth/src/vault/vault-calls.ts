import type { VaultContext } from './context.ts';
import { createDeviceStore } from './keys/device-store.ts';
import { createKeyStore } from './keys/key-store.ts';
import { createMasterKeys } from './keys/master-key.ts';
import { createSeenGenerations } from './keys/seen-generations.ts';
import { createCallPasskey } from './passkey/call-passkey.ts';
import { createPasskeySetup } from './passkey/passkey-setup.ts';
import { createWithPasskey } from './passkey/with-passkey.ts';
import { createRecoveryCodes } from './recovery/recovery-codes.ts';
import { createZeroKnowledge } from './recovery/zero-knowledge.ts';
import { unwrap } from './refused.ts';
import { createRotation } from './rotation.ts';
import { createRunExclusive } from './run-exclusive.ts';
import { createSyncStatus, expectVault } from './sync-status.ts';
import { createUnlocking } from './unlocking.ts';
import { createValues } from './values.ts';
import type { VaultClient } from './vault-client.ts';
import type { VaultDependencies } from './vault-dependencies.ts';
import { createVaultServer } from './vault-server.ts';

/** All that a locked vault doesn't need: a page loads it with its first call. */
export type VaultCalls = Omit<VaultClient, 'state' | 'lock'>;

export function createVaultCalls(dependencies: VaultDependencies): VaultCalls {
  const context = createContext(dependencies);
  const { keyStore, server, runExclusive, syncStatus } = context;
  const { enter, withErrorState, ...unlocking } = createUnlocking(context);
  const callPasskey = createCallPasskey(context);
  const withPasskey = createWithPasskey(context, callPasskey, { withErrorState });
  const { confirm, expectToCount, ...recoveryCodes } = createRecoveryCodes(context, withPasskey);
  return {
    ...unlocking,
    ...recoveryCodes,
    ...createPasskeySetup(context, callPasskey),
    unlockWithPasskey: ({ stayUnlocked: stay = false } = {}) =>
      withPasskey((task, { key }) => enter(task, key, { stay })),
    ...createZeroKnowledge(context, { confirm, expectToCount, enter, withPasskey }),
    ...createRotation(context, { enter }),
    ...createValues(keyStore),
    status: () =>
      runExclusive(async (task) => {
        const status = unwrap(await server.status(task.scope));
        await syncStatus(status, task);
        return status;
      }),
    audit: (page = {}) => server.audit(page),
  };
}

function createContext(dependencies: VaultDependencies): VaultContext {
  const { platform, storedName, seenName } = dependencies;
  const keyStore = createKeyStore(dependencies, createDeviceStore(platform.indexedDb, storedName));
  const seen = createSeenGenerations(createDeviceStore(platform.indexedDb, seenName));
  const server = createVaultServer(dependencies);
  const syncStatus = createSyncStatus(dependencies, keyStore);
  return {
    ...dependencies,
    keyStore,
    seen,
    server,
    syncStatus,
    masterKeys: createMasterKeys(server, seen),
    runExclusive: createRunExclusive(dependencies),
    async getStatus(task) {
      const status = unwrap(await server.status(task.scope));
      await syncStatus(status, task);
      return expectVault(status);
    },
  };
}
