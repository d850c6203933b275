/** Bytes in memory of their own: WebCrypto accepts no shared memory, and wiping a shared view would surprise. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Copies the parts, one after the other, into new memory. */
export function concatBytes(...parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Compares every byte, so that the time taken depends on nothing but the length. */
export function areEqualBytes(left: Bytes, right: Bytes): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

/**
 * Overwrites secrets with zeros. The engine may have copied them before, so this shortens a secret's life
 * and promises no more; what lives longer belongs in a non-extractable `CryptoKey`.
 */
export function wipeBytes(...secrets: readonly Bytes[]): void {
  for (const secret of secrets) secret.fill(0);
}
