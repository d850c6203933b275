import { openAesGcm, sealAesGcm } from '../format/aes-gcm.ts';
import { encodeBase64, parseBase64 } from '../format/base64.ts';
import type { Bytes } from '../format/bytes.ts';
import { encodeContext } from '../format/context.ts';
import { toUnreadable } from '../format/unreadable.ts';
import type { UnlockedVault } from './unlocked-vault.ts';

/** Where a value belongs. It opens nowhere else. */
export interface FieldLocation {
  /** Never changes as long as the record exists, and is known before the value is written. */
  readonly recordId: string;
  readonly field: string;
}

/** Both forms; only the newer one names a generation. */
const FIELD = /^enc:(?:1:|2:([0-9]+)\.)([^.]+)\.([^.]+)$/;

/**
 * Encrypts text for one field of one record: `enc:2:<generation>.<iv>.<ciphertext>`. Throws a `TypeError`
 * for text with half a surrogate pair, which UTF-8 would silently change.
 */
export async function encryptField(
  vault: UnlockedVault,
  location: FieldLocation,
  text: string,
): Promise<string> {
  if (!text.isWellFormed()) throw new TypeError('Only well-formed text can be encrypted');
  const plaintext = new TextEncoder().encode(text);
  const data = toContext(vault, location);
  const { iv, sealed } = await sealAesGcm(vault.fieldKey, plaintext, data);
  return `enc:2:${vault.generation}.${encodeBase64(iv)}.${encodeBase64(sealed)}`;
}

/**
 * Decrypts what `encryptField` wrote for this location under this generation, and the older `enc:1:`, which
 * binds no location. Throws VAULT_UNREADABLE for anything else, unencrypted text included.
 */
export async function decryptField(
  vault: UnlockedVault,
  location: FieldLocation,
  encrypted: string,
): Promise<string> {
  const match = FIELD.exec(encrypted);
  if (!match) throw toUnreadable();
  const [, generation, iv = '', sealed = ''] = match;
  const box = { iv: parseBase64(iv), sealed: parseBase64(sealed) };
  if (generation === String(vault.generation)) {
    return decodeText(await openAesGcm(vault.fieldKey, box, toContext(vault, location)));
  }
  const isFormat1 = generation === undefined;
  if (!isFormat1 || !vault.format1FieldKey) throw toUnreadable();
  return decodeText(await openAesGcm(vault.format1FieldKey, box, new Uint8Array(0)));
}

function toContext(
  { userId, generation }: UnlockedVault,
  { recordId, field }: FieldLocation,
): Bytes {
  const location = [recordId, field];
  const subject = { purpose: 'field', owner: userId, generation, location } as const;
  return encodeContext({ ...subject, formatVersion: 2, kekId: '' });
}

function decodeText(bytes: Bytes): string {
  try {
    // A decoder swallows a leading U+FEFF unless told not to: what went in must come out.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw toUnreadable();
  }
}
