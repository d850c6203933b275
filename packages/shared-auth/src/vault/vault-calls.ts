import type { VaultStatus } from '../transport/procedures.ts';
import type { VaultCallDependencies, VaultContext } from './context.ts';
import { createDeviceStore } from './keys/device-store.ts';
import { createKeyStore } from './keys/key-store.ts';
import { createFetchKey } from './keys/master-key.ts';
import { createSeenGenerations } from './keys/seen-generations.ts';
import { createCallPasskey } from './passkey/call-passkey.ts';
import { createPasskeySetup } from './passkey/passkey-setup.ts';
import { createWithPasskey } from './passkey/with-passkey.ts';
import { createRecoveryCodes } from './recovery/recovery-codes.ts';
import { createZeroKnowledge } from './recovery/zero-knowledge.ts';
import { unwrap } from './refused.ts';
import { createRotation } from './rotation.ts';
import { createRunExclusive, type VaultTask } from './run-exclusive.ts';
import { createSyncStatus, expectVault } from './sync-status.ts';
import { createUnlocking } from './unlocking.ts';
import { createValues } from './values.ts';
import type { VaultClient } from './vault-client.ts';
import { createVaultServer } from './vault-server.ts';

/** All that a locked vault doesn't need. A page loads it with its first call. */
export type VaultCalls = Omit<VaultClient, 'state' | 'lock'>;

/** The calls, which share one key store and run one at a time. */
export function createVaultCalls(dependencies: VaultCallDependencies): VaultCalls {
  const context = createContext(dependencies);
  const { keyStore, server, runExclusive, fetchStatus } = context;
  const { enter, withErrorState, ...unlocking } = createUnlocking(context);
  const callPasskey = createCallPasskey(context);
  const withPasskey = createWithPasskey(context, callPasskey, { withErrorState });
  const { confirm, expectCurrentCode, ...recoveryCodes } = createRecoveryCodes(
    context,
    withPasskey,
  );
  return {
    ...unlocking,
    ...recoveryCodes,
    ...createPasskeySetup(context, callPasskey),
    unlockWithPasskey: ({ stayUnlocked: stay = false } = {}) =>
      withPasskey((task, { key }) => enter(task, key, { stay })),
    ...createZeroKnowledge(context, { confirm, expectCurrentCode, enter, withPasskey }),
    ...createRotation(context, { enter }),
    ...createValues(keyStore),
    status: () => runExclusive(fetchStatus),
    audit: (page = {}) => server.audit(page),
  };
}

function createContext(dependencies: VaultCallDependencies): VaultContext {
  const { platform, storedName, seenName } = dependencies;
  const keyStore = createKeyStore(dependencies, createDeviceStore(platform.indexedDb, storedName));
  const seen = createSeenGenerations(createDeviceStore(platform.indexedDb, seenName));
  const server = createVaultServer(dependencies);
  const syncStatus = createSyncStatus(dependencies.state, keyStore);

  async function fetchStatus(task: VaultTask): Promise<VaultStatus> {
    const status = unwrap(await server.status(task.scope));
    await syncStatus(status, task);
    return status;
  }

  return {
    ...dependencies,
    ...{ keyStore, seen, server, syncStatus, fetchStatus },
    fetchKey: createFetchKey(server, seen),
    runExclusive: createRunExclusive(dependencies),
    getStatus: async (task) => expectVault(await fetchStatus(task)),
    async change(task, procedure, input) {
      const status = unwrap(await server.change(procedure, input));
      await syncStatus(status, task);
      return expectVault(status);
    },
  };
}
