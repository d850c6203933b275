import { type Bytes, wipeBytes } from '@mana/auth-core/vault/format/bytes';
import { proveMasterKey } from '@mana/auth-core/vault/unlocked/possession';
import { unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import { wrapForPasskey } from '@mana/auth-core/vault/wraps/passkey-wrap';
import type { InputOf, OutputOf } from '../../transport/procedures.ts';
import type { VaultContext } from '../context.ts';
import { expectRecoveryCode, type MasterKey, openFetched } from '../keys/master-key.ts';
import { refuse, unwrap } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import type { VaultClient } from '../vault-client.ts';
import type { ExistingVault } from '../vault-server.ts';
import { type CallPasskey, NO_SUCH_PASSKEY } from './call-passkey.ts';

type PasskeySetup = Pick<VaultClient, 'setupPasskeyUnlock' | 'clearPasskeyUnlock'>;
type PasskeyOption = OutputOf<'vault.passkeyOptions'>['passkeys'][number];
type SetupInput = NonNullable<Parameters<VaultClient['setupPasskeyUnlock']>[0]>;

/** Sets up passkeys that open the vault, and clears them. The master key's bytes live for one call. */
export function createPasskeySetup(
  { server, fetchKey, runExclusive, getStatus, change }: VaultContext,
  callPasskey: CallPasskey,
): PasskeySetup {
  async function findCandidates(task: VaultTask, { passkeyId, recoveryCode }: SetupInput) {
    if (recoveryCode !== undefined) expectRecoveryCode(recoveryCode);
    const { zeroKnowledge } = await getStatus(task);
    if (zeroKnowledge && recoveryCode === undefined) throw refuse('ZK_ACTIVE');
    const { passkeys } = unwrap(await server.passkeyOptions(task.scope));
    const candidates = passkeys.filter(({ id }) => passkeyId === undefined || id === passkeyId);
    if (candidates.length === 0) throw refuse('NOT_FOUND', { message: NO_SUCH_PASSKEY });
    return candidates;
  }

  return {
    setupPasskeyUnlock: (typed = {}) =>
      callPasskey({
        find: (task) => findCandidates(task, typed),
        async proceed(task, { passkey, secret }) {
          const vault = await getStatus(task);
          const key = await openFetched(await fetchKey(task), typed.recoveryCode);
          try {
            const input = await wrap(key, { vault, passkey, secret });
            return await change(task, 'vault.setPasskeyWrap', input);
          } finally {
            wipeBytes(key.bytes);
          }
        },
      }),

    clearPasskeyUnlock: ({ passkeyId }) =>
      runExclusive(async (task) => {
        const before = await getStatus(task);
        if (!before.passkeyIds.includes(passkeyId)) return before;
        const { revision } = before;
        return change(task, 'vault.clearPasskeyWrap', { revision, passkeyId });
      }),
  };
}

/** The server compares the generation. It takes a proof only where it can't open the vault itself. */
async function wrap(
  key: MasterKey,
  about: { vault: ExistingVault; passkey: PasskeyOption; secret: Bytes },
): Promise<InputOf<'vault.setPasskeyWrap'>> {
  const { vault, passkey, secret } = about;
  const { id: passkeyId, credentialId } = passkey;
  const { wrapped, iv } = await wrapForPasskey(key.bytes, secret, { ...key, credentialId });
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
