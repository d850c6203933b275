import type { Bytes } from './bytes.ts';

/** RFC 5869, without a salt: each of our secrets is 256 uniform random bits, which need none (section 3.1). */
function hkdf(info: Bytes): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
}

/** A secret to derive from, which never comes out again. The caller wipes the bytes. */
export function importSecret(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
}

/** HKDF-SHA-256 to so many bytes. The caller wipes what is secret of them. */
export async function deriveBytes(secret: CryptoKey, info: Bytes, length: number): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(info), secret, length * 8));
}

/** HKDF-SHA-256 to a key for AES-256-GCM whose bytes are never seen. */
export function deriveAesKey(
  secret: CryptoKey,
  info: Bytes,
  usages: readonly KeyUsage[],
): Promise<CryptoKey> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(hkdf(info), secret, algorithm, false, [...usages]);
}
