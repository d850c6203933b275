import { importAesKey } from '../format/aes-gcm.ts';
import { type Bytes, wipeBytes } from '../format/bytes.ts';
import { encodeContext, toInfo } from '../format/context.ts';
import { deriveAesKey, expectSecret, importSecret } from '../format/secret.ts';
import type { UserId } from '../keys/ids.ts';
import type { KeyOwner } from '../wraps/master-key-wrap.ts';

/**
 * What a master key can do, without its bytes. Every key in it is non-extractable, and all of it survives a
 * structured clone, so a page may keep it in IndexedDB.
 */
export interface UnlockedVault {
  readonly userId: UserId;
  readonly generation: number;
  /** The master key itself, for deriving only: it encrypts nothing. */
  readonly secret: CryptoKey;
  readonly fieldKey: CryptoKey;
  /** Opens `enc:1:` and can't write it. Null from generation 2 on: only first keys ever wrote that form. */
  readonly format1FieldKey: CryptoKey | null;
}

/**
 * Unlocks a vault and wipes the master key's bytes, even if it fails. Throws a `TypeError` for anything but
 * 32 bytes and for a generation below 1.
 */
export async function unlockVault(masterKey: Bytes, owner: KeyOwner): Promise<UnlockedVault> {
  const { userId, generation } = owner;
  try {
    expectSecret(masterKey, 'A master key');
    if (generation < 1) throw new TypeError('Generations start at 1');
    const subject = { purpose: 'field', owner: userId, generation, location: [] } as const;
    const context = encodeContext({ ...subject, formatVersion: 2, kekId: '' });
    const secret = await importSecret(masterKey);
    const fieldKey = await deriveAesKey(secret, await toInfo(context), ['encrypt', 'decrypt']);
    const format1FieldKey = generation === 1 ? await importAesKey(masterKey, ['decrypt']) : null;
    return { userId, generation, secret, fieldKey, format1FieldKey };
  } finally {
    wipeBytes(masterKey);
  }
}
