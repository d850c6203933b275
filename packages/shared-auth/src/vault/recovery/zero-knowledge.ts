import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { VaultContext } from '../context.ts';
import { expectRecoveryCode, type MasterKey, openWithCode } from '../keys/master-key.ts';
import type { WithPasskey } from '../passkey/with-passkey.ts';
import { refuse } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import { expectVault } from '../sync-status.ts';
import type { Unlocking } from '../unlocking.ts';
import type { VaultClient } from '../vault-client.ts';
import type { ExistingVault } from '../vault-server.ts';
import type { RecoveryCodes } from './recovery-codes.ts';

type ZeroKnowledge = Pick<VaultClient, 'enableZeroKnowledge' | 'disableZeroKnowledge'>;

interface Opened {
  readonly key: MasterKey;
  readonly vault: ExistingVault;
}

interface Means extends Pick<RecoveryCodes, 'confirm' | 'expectToCount'>, Pick<Unlocking, 'enter'> {
  readonly withPasskey: WithPasskey;
}

/** Both are done already where a former answer was lost, and then only say so. */
export function createZeroKnowledge(
  context: VaultContext,
  { confirm, expectToCount, enter, withPasskey }: Means,
): ZeroKnowledge {
  const { server, keyStore, masterKeys, runExclusive, syncStatus, getStatus } = context;

  /** Gives the server the key, and wipes it. */
  async function giveKey(task: VaultTask, { key, vault }: Opened): Promise<ExistingVault> {
    try {
      if (!vault.zeroKnowledge) return vault;
      const input = { revision: vault.revision, masterKey: encodeBase64(key.bytes) };
      const status = expectVault(await server.change('vault.disableZeroKnowledge', input));
      await syncStatus(status, task);
      if (!keyStore.active()?.current) await enter(task, { ...key, zeroKnowledge: false });
      return status;
    } finally {
      wipeBytes(key.bytes);
    }
  }

  return {
    enableZeroKnowledge: (typed) =>
      runExclusive(async (task) => {
        const before = await getStatus(task);
        if (before.zeroKnowledge) {
          // Else its owner would throw away the code of the device that was first.
          await expectToCount(task, typed);
          return before;
        }
        const { revision } = await confirm(task, typed);
        const status = await server.change('vault.enableZeroKnowledge', { revision });
        await syncStatus(status, task);
        return status;
      }),

    disableZeroKnowledge(typed) {
      if ('passkey' in typed) return withPasskey(giveKey);
      const { recoveryCode } = typed;
      return runExclusive(async (task) => {
        expectRecoveryCode(recoveryCode);
        const vault = await getStatus(task);
        if (!vault.zeroKnowledge) return vault;
        const fetched = await masterKeys.fetch(task);
        if (!('recoveryWrap' in fetched)) throw refuse('VAULT_CONFLICT');
        return giveKey(task, {
          key: await openWithCode(fetched.recoveryWrap, recoveryCode, fetched),
          vault,
        });
      });
    },
  };
}
