import type { Bytes } from './bytes.ts';
import { toUnreadable } from './unreadable.ts';

const ALGORITHM = 'AES-GCM';
/** NIST SP 800-38D section 8.2: 96 bits. Random, so a key is good for 2^32 messages (section 8.3). */
const IV_BYTES = 12;
const TAG_BITS = 128;

/** An IV, and what was encrypted under it with the tag at the end. */
export interface Box {
  readonly iv: Bytes;
  readonly sealed: Bytes;
}

/** Encrypts under a fresh random IV of 96 bits, with a tag of 128 bits. */
export async function sealAesGcm(key: CryptoKey, plaintext: Bytes, data: Bytes): Promise<Box> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: ALGORITHM, iv, additionalData: data, tagLength: TAG_BITS },
    key,
    plaintext,
  );
  return { iv, sealed: new Uint8Array(sealed) };
}

/**
 * Opens what was sealed with this key, this IV and this associated data. Throws VAULT_UNREADABLE for
 * anything else, and for an IV of another length, which GCM would accept.
 */
export async function openAesGcm(key: CryptoKey, box: Box, data: Bytes): Promise<Bytes> {
  const { iv, sealed } = box;
  if (iv.length !== IV_BYTES) throw toUnreadable();
  const algorithm = { name: ALGORITHM, iv, additionalData: data, tagLength: TAG_BITS };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed));
  } catch {
    throw toUnreadable();
  }
}

/** A non-extractable key. The caller wipes the bytes. */
export function importAesKey(bytes: Bytes, usages: readonly KeyUsage[]): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, ALGORITHM, false, [...usages]);
}
