import { openPasskeyWrap } from '@mana/auth-core/vault/wraps/passkey-wrap';
import type { AuthResult } from '../../transport/result.ts';
import type { VaultContext } from '../context.ts';
import type { MasterKey } from '../keys/master-key.ts';
import { refuse, unwrap } from '../refused.ts';
import type { VaultTask } from '../run-exclusive.ts';
import type { Unlocking } from '../unlocking.ts';
import type { ExistingVault } from '../vault-server.ts';
import type { CallPasskey } from './call-passkey.ts';

/**
 * Opens the master key with one of the passkeys that were set up for it, and passes it to `work`, which wipes
 * it. NOT_FOUND where there is no such passkey, VAULT_UNREADABLE for a key older than one seen here.
 */
export type WithPasskey = <T>(
  work: (task: VaultTask, opened: { key: MasterKey; vault: ExistingVault }) => Promise<T>,
) => Promise<AuthResult<T>>;

/** Looks at the status again after the prompt: another device may have changed the vault meanwhile. */
export function createWithPasskey(
  { server, seen, getStatus }: VaultContext,
  callPasskey: CallPasskey,
  { withErrorState }: Pick<Unlocking, 'withErrorState'>,
): WithPasskey {
  async function findWraps({ userId, scope }: VaultTask) {
    const { generation, wraps } = unwrap(await server.passkeyWraps(scope));
    await seen.expectNotOlder(userId, generation);
    if (wraps.length === 0) throw refuse('NOT_FOUND', { message: NO_WRAP });
    return wraps.map((wrap) => ({ ...wrap, generation }));
  }

  return (work) =>
    callPasskey({
      find: (task) => withErrorState(task, () => findWraps(task)),
      async proceed(task, { passkey, credentialId, secret }) {
        const vault = await getStatus(task);
        const { generation, zeroKnowledge } = vault;
        // Another device rotated the key while the prompt was open.
        if (generation !== passkey.generation) throw refuse('VAULT_CONFLICT');
        const { wrappedMk: wrapped, wrapIv: iv, formatVersion } = passkey;
        const owner = { userId: task.userId, generation };
        const wrap = { wrapped, iv, formatVersion };
        const bytes = await openPasskeyWrap(wrap, secret, { ...owner, credentialId });
        return work(task, { key: { ...owner, bytes, zeroKnowledge }, vault });
      },
    });
}

const NO_WRAP = 'No passkey opens this vault yet. Unlock it another way, then set one up.';
