import type { Box } from './aes-gcm.ts';
import { encodeBase64, parseBase64 } from './base64.ts';

/** A wrapped key as it is in a row. */
export interface StoredWrap {
  /** Base64: the sealed bytes, with the tag at the end. */
  readonly wrapped: string;
  /** Base64, 12 bytes. */
  readonly iv: string;
  readonly formatVersion: number;
}

/** As it goes into a row. */
export function encodeWrap({ iv, sealed }: Box, formatVersion: number): StoredWrap {
  return { wrapped: encodeBase64(sealed), iv: encodeBase64(iv), formatVersion };
}

/** Throws VAULT_UNREADABLE for anything but strict base64. */
export function parseWrap({ wrapped, iv }: StoredWrap): Box {
  return { iv: parseBase64(iv), sealed: parseBase64(wrapped) };
}
