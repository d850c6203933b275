import type { VaultTools } from './context.ts';
import { createDeviceStore } from './keys/device-store.ts';
import { createKeyKeeper } from './keys/key-store.ts';
import { createMasterKeys } from './keys/master-key.ts';
import { createSeenGenerations } from './keys/seen-generations.ts';
import { createAskPasskey } from './passkey/call-passkey.ts';
import { createPasskeySetup } from './passkey/passkey-setup.ts';
import { createWithPasskey } from './passkey/with-passkey.ts';
import { createRecoveryCodes } from './recovery/recovery-codes.ts';
import { createZeroKnowledge } from './recovery/zero-knowledge.ts';
import { want } from './refused.ts';
import { createRotation } from './rotation.ts';
import { createVaultTurns } from './run-exclusive.ts';
import { createFollowStatus, expectVault } from './sync-status.ts';
import { createUnlocking } from './unlocking.ts';
import { createValues } from './values.ts';
import type { VaultClient } from './vault-client.ts';
import type { VaultDependencies } from './vault-dependencies.ts';
import { createVaultServer } from './vault-server.ts';

/** All that a locked vault doesn't need: a page loads it with its first call. */
export type VaultCalls = Omit<VaultClient, 'state' | 'lock'>;

export function createVaultCalls(dependencies: VaultDependencies): VaultCalls {
  const tools = createTools(dependencies);
  const { keeper, server, takeTurn, follow } = tools;
  const { enter, showing, ...unlocking } = createUnlocking(tools);
  const askPasskey = createAskPasskey(tools);
  const withPasskey = createWithPasskey(tools, askPasskey, { showing });
  const { confirm, expectToCount, ...recoveryCodes } = createRecoveryCodes(tools, withPasskey);
  return {
    ...unlocking,
    ...recoveryCodes,
    ...createPasskeySetup(tools, askPasskey),
    unlockWithPasskey: ({ stayUnlocked: stay = false } = {}) =>
      withPasskey((turn, { key }) => enter(turn, key, { stay })),
    ...createZeroKnowledge(tools, { confirm, expectToCount, enter, withPasskey }),
    ...createRotation(tools, { enter }),
    ...createValues(keeper),
    status: () =>
      takeTurn(async (turn) => {
        const status = want(await server.status(turn.scope));
        await follow(status, turn);
        return status;
      }),
    audit: (page = {}) => server.audit(page),
  };
}

function createTools(dependencies: VaultDependencies): VaultTools {
  const { platform, keptName, seenName } = dependencies;
  const keeper = createKeyKeeper(dependencies, createDeviceStore(platform.indexedDb, keptName));
  const seen = createSeenGenerations(createDeviceStore(platform.indexedDb, seenName));
  const server = createVaultServer(dependencies);
  const follow = createFollowStatus(dependencies, keeper);
  return {
    ...dependencies,
    keeper,
    seen,
    server,
    follow,
    masterKeys: createMasterKeys(server, seen),
    takeTurn: createVaultTurns(dependencies),
    async getStatus(turn) {
      const status = want(await server.status(turn.scope));
      await follow(status, turn);
      return expectVault(status);
    },
  };
}
