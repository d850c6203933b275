import { AuthError, isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Bytes } from '@mana/auth-core/vault/format/bytes';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import type { KeyProvider, ServerWrap } from '@mana/auth-core/vault/keys/key-provider';
import { findProofVerifier, proveMasterKey } from '@mana/auth-core/vault/unlocked/possession';
import { unlockVault } from '@mana/auth-core/vault/unlocked/unlocked-vault';
import { unwrapMasterKey, wrapMasterKey } from '@mana/auth-core/vault/wraps/master-key-wrap';

/** Whose master key, as rows name them. */
export interface RowOwner {
  readonly userId: string;
  readonly generation: number;
}

/** The server's wrap as it stands in a row. */
export interface WrapColumns {
  readonly wrapped_mk: string | null;
  readonly wrap_iv: string | null;
  readonly format_version: number | null;
  readonly kek_id: string | null;
}

/** A server's wrap that was just made. */
export type NewWrapColumns = { readonly [C in keyof WrapColumns]: NonNullable<WrapColumns[C]> };

/**
 * Opens a row's server wrap. The caller wipes the 32 bytes.
 *
 * Throws VAULT_UNREADABLE, with nothing more, for what doesn't open, and SERVICE_UNAVAILABLE where the key
 * is not to be had right now: a key service out of reach, or a KEK that this server doesn't have.
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
      cause: new Error(`The key "${kekId}" is not among those of this server`),
    });
  }
  const owner = { userId: parseUserId(userId), generation };
  return asOurFault(() => unwrapMasterKey(provider, { wrapped, iv, formatVersion, kekId }, owner));
}

/** Wraps a master key for the columns of its row. Throws SERVICE_UNAVAILABLE where no key is to be had. */
export async function sealServerWrap(
  provider: KeyProvider,
  masterKey: Bytes,
  { userId, generation }: RowOwner,
): Promise<NewWrapColumns> {
  const owner = { userId: parseUserId(userId), generation };
  return toColumns(await asOurFault(() => wrapMasterKey(provider, masterKey, owner)));
}

/** By what the server knows the master key again once it can't open the vault any more. Wipes the key. */
export async function verifierOf(
  masterKey: Bytes,
  { userId, generation }: RowOwner,
): Promise<string> {
  const vault = await unlockVault(masterKey, { userId: parseUserId(userId), generation });
  const verifier = await findProofVerifier(await proveMasterKey(vault));
  if (verifier === null) throw new Error('A proof of ours is no proof');
  return verifier;
}

function toColumns({ wrapped, iv, formatVersion, kekId }: ServerWrap): NewWrapColumns {
  return { wrapped_mk: wrapped, wrap_iv: iv, format_version: formatVersion, kek_id: kekId };
}

async function asOurFault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAuthError(error)) throw error;
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
  }
}
