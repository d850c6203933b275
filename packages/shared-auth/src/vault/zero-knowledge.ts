import { encodeBase64 } from '@mana/auth-core/vault/base64';
import { wipeBytes } from '@mana/auth-core/vault/wipe-bytes';
import { expectRecoveryCode, openWithCode } from './master-key.ts';
import type { RecoveryCodes } from './recovery-codes.ts';
import { refuse } from './refused.ts';
import type { Unlocking } from './unlocking.ts';
import type { VaultClient } from './vault-client.ts';
import type { VaultTools } from './vault-tools.ts';

type ZeroKnowledge = Pick<VaultClient, 'enableZeroKnowledge' | 'disableZeroKnowledge'>;

/** Both are done already where a former answer was lost, and then only say so. */
export function createZeroKnowledge(
  tools: VaultTools,
  { confirm }: Pick<RecoveryCodes, 'confirm'>,
  { enter }: Pick<Unlocking, 'enter'>,
): ZeroKnowledge {
  const { server, keeper, masterKeys, takeTurn, follow, getStatus } = tools;
  return {
    enableZeroKnowledge: (typed) =>
      takeTurn(async (turn) => {
        const before = await getStatus(turn);
        if (before.zeroKnowledge) return before;
        const { revision } = await confirm(turn, typed);
        const status = await server.change('vault.enableZeroKnowledge', { revision });
        await follow(status, turn);
        return status;
      }),

    disableZeroKnowledge: ({ recoveryCode }) =>
      takeTurn(async (turn) => {
        expectRecoveryCode(recoveryCode);
        const before = await getStatus(turn);
        if (!before.zeroKnowledge) return before;
        const fetched = await masterKeys.fetch(turn);
        if (!('recoveryWrap' in fetched)) throw refuse('VAULT_CONFLICT');
        const key = await openWithCode(fetched.recoveryWrap, recoveryCode, fetched);
        try {
          const { revision } = before;
          const input = { revision, masterKey: encodeBase64(key.bytes) };
          const status = await server.change('vault.disableZeroKnowledge', input);
          await follow(status, turn);
          if (!keeper.held()?.current) await enter(turn, { ...key, zeroKnowledge: false });
          return status;
        } finally {
          wipeBytes(key.bytes);
        }
      }),
  };
}
