import type { Bytes } from './bytes.ts';

/** The length of a KEK, a master key, a recovery secret and a passkey's PRF output alike: 256 bits. */
export const SECRET_BYTES = 32;

/** Throws a `TypeError` for a secret of another size: the caller's mistake, never that of stored data. */
export function expectSecret(secret: Bytes, name: string): void {
  if (secret.length !== SECRET_BYTES) throw new TypeError(`${name} has ${SECRET_BYTES} bytes`);
}

/** A secret to derive keys from. Its bytes never come out again. The caller wipes the given ones. */
export function importSecret(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
}

/** HKDF-SHA-256 to `length` bytes. The caller wipes those that are secret. */
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

/** RFC 5869, without a salt: each of our secrets is 256 uniform random bits, which need none (section 3.1). */
function hkdf(info: Bytes): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
}
