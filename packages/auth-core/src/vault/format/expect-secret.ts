import type { Bytes } from './bytes.ts';

/** Of a KEK, a master key, a recovery secret and a passkey's PRF output alike: 256 bits. */
export const SECRET_BYTES = 32;

/** Throws a `TypeError` for a secret of another size: a mistake of the caller, never of what is stored. */
export function expectSecret(secret: Bytes, name: string): void {
  if (secret.length !== SECRET_BYTES) throw new TypeError(`${name} has ${SECRET_BYTES} bytes`);
}
