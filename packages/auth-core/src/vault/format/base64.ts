import type { Bytes } from './bytes.ts';
import { toUnreadable } from './unreadable.ts';

/** A number of arguments that every engine accepts. */
const CHUNK_BYTES = 0x2000;

/** RFC 4648 section 4: the standard alphabet, padded, on one line. */
export function encodeBase64(bytes: Bytes): string {
  let binary = '';
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + CHUNK_BYTES));
  }
  return btoa(binary);
}

/**
 * Accepts exactly what `encodeBase64` writes, so that each value has one spelling: no spaces, no line
 * breaks, no URL alphabet, no missing or surplus padding, no bits set after the last byte (RFC 4648 section
 * 3.5). Null for anything else.
 */
export function findBase64(text: string): Bytes | null {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  // `atob` forgives spaces, missing padding and trailing bits. Encoding again doesn't.
  if (btoa(binary) !== text) return null;
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** As `findBase64`. Throws VAULT_UNREADABLE for anything else. */
export function parseBase64(text: string): Bytes {
  const bytes = findBase64(text);
  if (bytes === null) throw toUnreadable();
  return bytes;
}
