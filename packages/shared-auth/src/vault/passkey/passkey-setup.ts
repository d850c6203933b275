import { wipeBytes } from '@mana/auth-core/vault/format/wipe-bytes';
import { wrapForPasskey } from '@mana/auth-core/vault/wraps/passkey-wrap';
import { proveMasterKey } from '@mana/auth-core/vault/wraps/possession';
import { unlockVault } from '@mana/auth-core/vault/wraps/unlocked-vault';
import type { InputOf, OutputOf } from '../../transport/procedures.ts';
import type { VaultTools } from '../context.ts';
import { expectRecoveryCode, type MasterKey, openFetched } from '../keys/master-key.ts';
import { refuse, want } from '../refused.ts';
import type { VaultTurn } from '../run-exclusive.ts';
import type { VaultClient } from '../vault-client.ts';
import type { ExistingVault } from '../vault-server.ts';
import { type AskPasskey, NO_SUCH_PASSKEY } from './call-passkey.ts';

type PasskeySetup = Pick<VaultClient, 'setupPasskeyUnlock' | 'clearPasskeyUnlock'>;
type PasskeyOption = OutputOf<'vault.passkeyOptions'>['passkeys'][number];
type SetupInput = NonNullable<Parameters<VaultClient['setupPasskeyUnlock']>[0]>;

/** Sets a passkey up to open the vault, and clears it. The master key's bytes live for one call. */
export function createPasskeySetup(
  { server, masterKeys, takeTurn, follow, getStatus }: VaultTools,
  askPasskey: AskPasskey,
): PasskeySetup {
  async function findOwn(turn: VaultTurn, { passkeyId, recoveryCode }: SetupInput) {
    if (recoveryCode !== undefined) expectRecoveryCode(recoveryCode);
    const { zeroKnowledge } = await getStatus(turn);
    if (zeroKnowledge && recoveryCode === undefined) throw refuse('ZK_ACTIVE');
    const { passkeys } = want(await server.passkeyOptions(turn.scope));
    const own = passkeys.filter(({ id }) => passkeyId === undefined || id === passkeyId);
    if (own.length === 0) throw refuse('NOT_FOUND', { message: NO_SUCH_PASSKEY });
    return own;
  }

  return {
    setupPasskeyUnlock: (input = {}) =>
      askPasskey({
        find: (turn) => findOwn(turn, input),
        async goOn(turn, { passkey, output }) {
          const vault = await getStatus(turn);
          const key = await openFetched(await masterKeys.fetch(turn), input.recoveryCode);
          try {
            const change = await wrap(key, { vault, passkey, output });
            const status = await server.change('vault.setPasskeyWrap', change);
            await follow(status, turn);
            return status;
          } finally {
            wipeBytes(key.bytes);
          }
        },
      }),

    clearPasskeyUnlock: ({ passkeyId }) =>
      takeTurn(async (turn) => {
        const before = await getStatus(turn);
        if (!before.passkeyIds.includes(passkeyId)) return before;
        const { revision } = before;
        const status = await server.change('vault.clearPasskeyWrap', { revision, passkeyId });
        await follow(status, turn);
        return status;
      }),
  };
}

/** The server compares the generation. The proof is its own only where it can't open the vault itself. */
async function wrap(
  key: MasterKey,
  about: { vault: ExistingVault; passkey: PasskeyOption; output: Uint8Array<ArrayBuffer> },
): Promise<InputOf<'vault.setPasskeyWrap'>> {
  const { vault, passkey, output } = about;
  const { id: passkeyId, credentialId } = passkey;
  const { wrapped, iv } = await wrapForPasskey(key.bytes, output, { ...key, credentialId });
  const { generation } = key;
  return {
    ...{ revision: vault.revision, passkeyId, generation },
    ...{ wrappedMk: wrapped, wrapIv: iv, formatVersion: 2 },
    ...(vault.zeroKnowledge && { proof: await prove(key) }),
  };
}

async function prove(key: MasterKey): Promise<string> {
  return proveMasterKey(await unlockVault(key.bytes.slice(), key));
}
