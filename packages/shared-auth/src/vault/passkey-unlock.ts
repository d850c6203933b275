import { openPasskeyWrap } from '@mana/auth-core/vault/passkey-wrap';
import { type AskPasskey, createAskPasskey } from './ask-passkey.ts';
import { createPasskeySetup } from './passkey-setup.ts';
import { refuse, want } from './refused.ts';
import type { Unlocking } from './unlocking.ts';
import type { VaultClient } from './vault-client.ts';
import type { VaultTools } from './vault-tools.ts';
import type { VaultTurn } from './vault-turns.ts';

type PasskeyUnlock = Pick<
  VaultClient,
  'setupPasskeyUnlock' | 'unlockWithPasskey' | 'clearPasskeyUnlock'
>;

/** The vault, by a passkey of its user's: set up, unlocked and cleared. */
export function createPasskeyUnlock(
  tools: VaultTools,
  unlocking: Pick<Unlocking, 'enter' | 'showing'>,
): PasskeyUnlock {
  const askPasskey = createAskPasskey(tools);
  return {
    ...createPasskeySetup(tools, askPasskey),
    unlockWithPasskey: createUnlock(tools, askPasskey, unlocking),
  };
}

function createUnlock(
  { server, seen, getStatus }: VaultTools,
  askPasskey: AskPasskey,
  { enter, showing }: Pick<Unlocking, 'enter' | 'showing'>,
): PasskeyUnlock['unlockWithPasskey'] {
  async function findWraps({ userId, scope }: VaultTurn) {
    const { generation, wraps } = want(await server.passkeyWraps(scope));
    await seen.expectNotOlder(userId, generation);
    if (wraps.length === 0) throw refuse('NOT_FOUND', { message: NO_WRAP });
    return wraps.map((wrap) => ({ ...wrap, generation }));
  }

  return ({ stayUnlocked: stay = false } = {}) =>
    askPasskey({
      find: (turn) => showing(turn, () => findWraps(turn)),
      async goOn(turn, { passkey, credentialId, output }) {
        const { generation, zeroKnowledge } = await getStatus(turn);
        // Another device rotated the key while the browser asked.
        if (generation !== passkey.generation) throw refuse('VAULT_CONFLICT');
        const owner = { userId: turn.userId, generation, credentialId };
        const { wrappedMk: wrapped, wrapIv: iv, formatVersion } = passkey;
        const bytes = await openPasskeyWrap({ wrapped, iv, formatVersion }, output, owner);
        return enter(turn, { ...owner, bytes, zeroKnowledge }, { stay });
      },
    });
}

const NO_WRAP = 'No passkey opens this vault yet. Unlock it another way, then set one up.';
