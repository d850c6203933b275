import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { VaultContext } from '../context.ts';
import { expectRecoveryCode, type MasterKey, openWithCode } from '../keys/master-key.ts';
import type { WithPasskey } from '../passkey/with-passkey.ts';
import { refuse } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import type { Unlocking } from '../unlocking.ts';
import type { VaultClient } from '../vault-client.ts';
import type { ExistingVault } from '../vault-server.ts';
import type { RecoveryCodes } from './recovery-codes.ts';

type ZeroKnowledge = Pick<VaultClient, 'enableZeroKnowledge' | 'disableZeroKnowledge'>;

interface Opened {
  readonly key: MasterKey;
  readonly vault: ExistingVault;
}

interface Dependencies
  extends Pick<RecoveryCodes, 'confirm' | 'expectCurrentCode'>,
    Pick<Unlocking, 'enter'> {
  readonly withPasskey: WithPasskey;
}

/** Where an earlier response was lost, both find the change made, and report success. */
export function createZeroKnowledge(
  context: VaultContext,
  { confirm, expectCurrentCode, enter, withPasskey }: Dependencies,
): ZeroKnowledge {
  const { keyStore, fetchKey, runExclusive, getStatus, change } = context;

  /** Gives the server the key, and wipes it. */
  async function handOverKey(task: VaultTask, { key, vault }: Opened): Promise<ExistingVault> {
    try {
      if (!vault.zeroKnowledge) return vault;
      const input = { revision: vault.revision, masterKey: encodeBase64(key.bytes) };
      const status = await change(task, 'vault.disableZeroKnowledge', input);
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
          // Otherwise users would throw away the code of the device that was first.
          await expectCurrentCode(task, typed);
          return before;
        }
        const { revision } = await confirm(task, typed);
        return change(task, 'vault.enableZeroKnowledge', { revision });
      }),

    disableZeroKnowledge(typed) {
      if ('passkey' in typed) return withPasskey(handOverKey);
      const { recoveryCode } = typed;
      return runExclusive(async (task) => {
        expectRecoveryCode(recoveryCode);
        const vault = await getStatus(task);
        if (!vault.zeroKnowledge) return vault;
        const fetched = await fetchKey(task);
        if (!('recoveryWrap' in fetched)) throw refuse('VAULT_CONFLICT');
        return handOverKey(task, {
          key: await openWithCode(fetched.recoveryWrap, recoveryCode, fetched),
          vault,
        });
      });
    },
  };
}
