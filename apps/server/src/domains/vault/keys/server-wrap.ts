import { AuthError, isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { KeyProvider, ServerWrap } from '@mana/auth-core/vault/keys/key-provider';
import { findProofVerifier, proveMasterKey } from '@mana/auth-core/vault/unlocked/possession';
import { unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import { unwrapMasterKey, wrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';

/** Whose master key it is, and which of theirs. */
export interface RowOwner {
  readonly userId: string;
  readonly generation: number;
}

/** The server's wrap, by the columns of its row. */
export interface WrapColumns {
  readonly wrapped_mk: string | null;
  readonly wrap_iv: string | null;
  readonly format_version: number | null;
  readonly kek_id: string | null;
}

/** A wrap that the server has just made. */
export type NewWrapColumns = { readonly [C in keyof WrapColumns]: NonNullable<WrapColumns[C]> };

/**
 * Opens a row's server wrap. The caller wipes the 32 bytes.
 *
 * Throws VAULT_UNREADABLE, without a cause, for what doesn't open, and SERVICE_UNAVAILABLE if the key is
 * currently unavailable: a key service can't be reached, or this server doesn't have the KEK.
 */
export async function openServerWrap(
  provider: KeyProvider,
  columns: WrapColumns,
  { userId, generation }: RowOwner,
): Promise<Bytes> {
  const {
    wrapped_mk: wrapped,
    wrap_iv: iv,
    format_version: formatVersion,
    kek_id: kekId,
  } = columns;
  if (wrapped === null || iv === null || formatVersion === null || kekId === null) {
    throw new AuthError('VAULT_UNREADABLE');
  }
  if (!provider.kekIds.some((id) => id === kekId)) {
    throw new AuthError('SERVICE_UNAVAILABLE', {
      cause: new Error(`This server doesn't have the key "${kekId}"`),
    });
  }
  const owner = { userId: parseUserId(userId), generation };
  return asOutage(() => unwrapMasterKey(provider, { wrapped, iv, formatVersion, kekId }, owner));
}

/** Wraps a master key for its row. Throws SERVICE_UNAVAILABLE if the KEK is currently unavailable. */
export async function sealServerWrap(
  provider: KeyProvider,
  masterKey: Bytes,
  { userId, generation }: RowOwner,
): Promise<NewWrapColumns> {
  const owner = { userId: parseUserId(userId), generation };
  return toColumns(await asOutage(() => wrapMasterKey(provider, masterKey, owner)));
}

/** The verifier by which the server recognises a proof of this master key (docs/vault-format.md). Wipes the key. */
export async function verifierOf(
  masterKey: Bytes,
  { userId, generation }: RowOwner,
): Promise<string> {
  const vault = await unlockVault(masterKey, { userId: parseUserId(userId), generation });
  const verifier = await findProofVerifier(await proveMasterKey(vault));
  if (verifier === null) throw new Error('The server generated an invalid proof');
  return verifier;
}

function toColumns({ wrapped, iv, formatVersion, kekId }: ServerWrap): NewWrapColumns {
  return { wrapped_mk: wrapped, wrap_iv: iv, format_version: formatVersion, kek_id: kekId };
}

/** What isn't about the wrap itself is an outage: SERVICE_UNAVAILABLE. */
async function asOutage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAuthError(error)) throw error;
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
  }
}
