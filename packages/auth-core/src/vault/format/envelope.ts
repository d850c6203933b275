import { type Box, importAesKey, openAesGcm, sealAesGcm } from './aes-gcm.ts';
import { areEqualBytes, type Bytes, concatBytes, wipeBytes } from './bytes.ts';
import { toInfo } from './context.ts';
import { deriveBytes } from './secret.ts';
import { toUnreadable } from './unreadable.ts';

const KEY_BYTES = 32;
/** 32 and no fewer: only at this length does it take 2^128 tries to find two keys with the same value. */
const CHECK_BYTES = 32;

/**
 * Seals under a subkey of `secret` for this one context: `sealed` is the key check value, the ciphertext
 * and the tag. Format 2 of `docs/vault-format.md`.
 */
export async function sealEnvelope(
  secret: CryptoKey,
  plaintext: Bytes,
  context: Bytes,
): Promise<Box> {
  const { key, check } = await deriveSubkey(secret, context);
  const { iv, sealed } = await sealAesGcm(key, plaintext, context);
  return { iv, sealed: concatBytes(check, sealed) };
}

/**
 * Opens what was sealed with this secret in this context. Throws VAULT_UNREADABLE for anything else.
 *
 * A wrong secret or context is refused before anything is decrypted. GCM alone doesn't commit to its key:
 * one ciphertext can be made to open under two. The check value does: it is the second block of the HKDF
 * output of which the key is the first, so two secrets with the same one are a collision of SHA-256.
 */
export async function openEnvelope(secret: CryptoKey, box: Box, context: Bytes): Promise<Bytes> {
  const { key, check } = await deriveSubkey(secret, context);
  if (!areEqualBytes(box.sealed.slice(0, CHECK_BYTES), check)) throw toUnreadable();
  return openAesGcm(key, { iv: box.iv, sealed: box.sealed.slice(CHECK_BYTES) }, context);
}

/** One derivation for both: twice as fast as two, and the key's bytes are wiped before anything is sealed. */
async function deriveSubkey(secret: CryptoKey, context: Bytes) {
  const derived = await deriveBytes(secret, await toInfo(context), KEY_BYTES + CHECK_BYTES);
  const keyBytes = derived.subarray(0, KEY_BYTES);
  try {
    const key = await importAesKey(keyBytes, ['encrypt', 'decrypt']);
    return { key, check: derived.slice(KEY_BYTES) };
  } finally {
    wipeBytes(keyBytes);
  }
}
