import type { Box } from './aes-gcm.ts';
import { encodeBase64, parseBase64 } from './base64.ts';

/** A wrapped key as a row holds it. */
export interface StoredWrap {
  /** Base64: what is sealed, the tag at the end. */
  readonly wrapped: string;
  /** Base64, 12 bytes. */
  readonly iv: string;
  readonly formatVersion: number;
}

export function encodeWrap({ iv, sealed }: Box, formatVersion: number): StoredWrap {
  return { wrapped: encodeBase64(sealed), iv: encodeBase64(iv), formatVersion };
}

/** Throws VAULT_UNREADABLE for what is no strict base64. */
export function parseWrap({ wrapped, iv }: StoredWrap): Box {
  return { iv: parseBase64(iv), sealed: parseBase64(wrapped) };
}
