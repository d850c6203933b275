import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { wipeBytes } from '@mana/auth-core/vault/format/bytes';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import { generateMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';
import { enterUserContext } from '@mana/db/client/user-context';
import { withLiveSession } from '../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../trpc/context.ts';
import { auditChange } from './audit/vault-audit.service.ts';
import { changeVault, expectRevision, getVault, withRegisteredKek } from './change-vault.ts';
import {
  type NewWrapColumns,
  type RowOwner,
  sealServerWrap,
  verifierOf,
} from './keys/server-wrap.ts';
import type { ChangeInput } from './vault.schema.ts';
import { toStatus, type VaultStatus } from './vault-status.ts';
import { findVault, insertVault, readVault } from './vaults.repository.ts';

/** What the caller may know of their vault, without opening it. */
export async function readStatus({ deps, session }: SignedInContext): Promise<VaultStatus> {
  return toStatus(await findVault(deps.db, session.user.id));
}

/** Creates the caller's vault with a new master key. An existing one stays as it is, also if another call creates it meanwhile. */
export async function initVault(call: SignedInContext): Promise<VaultStatus> {
  const { db, keyProvider } = call.deps;
  const userId = call.session.user.id;
  const existing = await findVault(db, userId);
  if (existing) return toStatus(existing);

  // Before the transaction: no connection is held while a key service is waited for.
  const columns = await createMasterKey(keyProvider, { userId, generation: 1 });
  return withLiveSession(call, async (trx) => {
    await enterUserContext(trx, userId);
    const isCreated = await withRegisteredKek(() =>
      insertVault(trx, { user_id: userId, ...columns }),
    );
    if (isCreated) await auditChange(trx, call, 'init');
    return toStatus(await readVault(trx, userId));
  });
}

/**
 * Destroys the master key and every wrap of it (those of passkeys by a trigger), and creates the next. What
 * was encrypted under the old one is lost unless the client re-encrypts it. The owner gets a mail.
 *
 * Throws ZK_ROTATE_FORBIDDEN in zero-knowledge mode, VAULT_NOT_INITIALISED and VAULT_CONFLICT.
 */
export async function rotateVault(
  call: SignedInContext,
  decidedOn: ChangeInput,
): Promise<VaultStatus> {
  const vault = await getVault(call);
  if (vault.zero_knowledge) throw new AuthError('ZK_ROTATE_FORBIDDEN');
  expectRevision(vault, decidedOn);
  const generation = vault.generation + 1;
  const owner = { userId: vault.user_id, generation };
  const change = {
    ...(await createMasterKey(call.deps.keyProvider, owner)),
    generation,
    rotated_at: call.deps.now(),
    recovery_wrapped_mk: null,
    recovery_iv: null,
    recovery_set_at: null,
  };
  return changeVault(call, vault, { action: 'rotate', change });
}

/** A new master key, wrapped, and its verifier. The key itself is wiped. */
async function createMasterKey(
  provider: KeyProvider,
  owner: RowOwner,
): Promise<NewWrapColumns & { readonly possession_verifier: string }> {
  const masterKey = generateMasterKey();
  try {
    const columns = await sealServerWrap(provider, masterKey, owner);
    return { ...columns, possession_verifier: await verifierOf(masterKey, owner) };
  } finally {
    wipeBytes(masterKey);
  }
}
