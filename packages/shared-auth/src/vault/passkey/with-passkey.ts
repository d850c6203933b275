import { openPasskeyWrap } from '@mana/auth-core/vault/wraps/passkey-wrap';
import type { AuthResult } from '../../transport/result.ts';
import type { VaultTools } from '../context.ts';
import type { MasterKey } from '../keys/master-key.ts';
import { refuse, want } from '../refused.ts';
import type { VaultTurn } from '../run-exclusive.ts';
import type { Unlocking } from '../unlocking.ts';
import type { ExistingVault } from '../vault-server.ts';
import type { AskPasskey } from './call-passkey.ts';

/**
 * Opens the master key with one of the passkeys that were set up for it, and does `work` with it, which wipes
 * it. NOT_FOUND where there is none, VAULT_UNREADABLE for an older key than was seen here.
 */
export type WithPasskey = <T>(
  work: (turn: VaultTurn, opened: { key: MasterKey; vault: ExistingVault }) => Promise<T>,
) => Promise<AuthResult<T>>;

export function createWithPasskey(
  { server, seen, getStatus }: VaultTools,
  askPasskey: AskPasskey,
  { showing }: Pick<Unlocking, 'showing'>,
): WithPasskey {
  async function findWraps({ userId, scope }: VaultTurn) {
    const { generation, wraps } = want(await server.passkeyWraps(scope));
    await seen.expectNotOlder(userId, generation);
    if (wraps.length === 0) throw refuse('NOT_FOUND', { message: NO_WRAP });
    return wraps.map((wrap) => ({ ...wrap, generation }));
  }

  return (work) =>
    askPasskey({
      find: (turn) => showing(turn, () => findWraps(turn)),
      async goOn(turn, { passkey, credentialId, output }) {
        const vault = await getStatus(turn);
        const { generation, zeroKnowledge } = vault;
        // Another device rotated the key while the browser asked.
        if (generation !== passkey.generation) throw refuse('VAULT_CONFLICT');
        const { wrappedMk: wrapped, wrapIv: iv, formatVersion } = passkey;
        const owner = { userId: turn.userId, generation };
        const wrap = { wrapped, iv, formatVersion };
        const bytes = await openPasskeyWrap(wrap, output, { ...owner, credentialId });
        return work(turn, { key: { ...owner, bytes, zeroKnowledge }, vault });
      },
    });
}

const NO_WRAP = 'No passkey opens this vault yet. Unlock it another way, then set one up.';
