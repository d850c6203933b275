import { findBase64 } from '../format/base64.ts';
import type { Bytes } from '../format/bytes.ts';
import { SECRET_BYTES } from '../format/secret.ts';

/**
 * Reads a key-encryption key as operators write it (`MANA_AUTH_KEK`): base64 of exactly 32 bytes, which is
 * 44 characters. Throws a `TypeError` for anything else; its message reveals nothing of the value.
 */
export function parseKek(text: string): Bytes {
  const kek = findBase64(text);
  if (kek?.length !== SECRET_BYTES) {
    throw new TypeError(
      'A key-encryption key is 32 random bytes in base64: 44 characters, the last one =',
    );
  }
  return kek;
}
