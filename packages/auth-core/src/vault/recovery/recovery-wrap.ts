import { openAesGcm } from '../format/aes-gcm.ts';
import type { Bytes } from '../format/bytes.ts';
import { encodeContext } from '../format/context.ts';
import { openEnvelope, sealEnvelope } from '../format/envelope.ts';
import { deriveAesKey, expectSecret, importSecret } from '../format/secret.ts';
import { encodeWrap, parseWrap, type StoredWrap } from '../format/stored-wrap.ts';
import { toUnreadable } from '../format/unreadable.ts';
import { expectMasterKey, type KeyOwner } from '../wraps/master-key-wrap.ts';

const FORMAT_1_INFO = 'mana-recovery-v1';

/**
 * Wraps a master key under its owner's recovery secret, in format 2, for `recovery_wrapped_mk` and the
 * columns beside it. Runs on the owner's device: anybody with the secret and the row can open the vault.
 *
 * Takes the master key's bytes, since a non-extractable key can't be wrapped. The caller wipes both secrets.
 */
export async function wrapForRecovery(
  masterKey: Bytes,
  recoverySecret: Bytes,
  owner: KeyOwner,
): Promise<StoredWrap> {
  expectSecret(masterKey, 'A master key');
  expectSecret(recoverySecret, 'A recovery secret');
  const secret = await importSecret(recoverySecret);
  return encodeWrap(await sealEnvelope(secret, masterKey, toContext(owner)), 2);
}

/**
 * Opens a recovery wrap: format 2, and format 1 for generation 1. Throws VAULT_UNREADABLE for the secret of
 * another vault and for a changed wrap alike. The caller wipes the 32 bytes and the secret.
 */
export async function openRecoveryWrap(
  stored: StoredWrap,
  recoverySecret: Bytes,
  owner: KeyOwner,
): Promise<Bytes> {
  expectSecret(recoverySecret, 'A recovery secret');
  const secret = await importSecret(recoverySecret);
  const box = parseWrap(stored);
  if (stored.formatVersion === 2) {
    return expectMasterKey(await openEnvelope(secret, box, toContext(owner)));
  }
  // Format 1 binds nothing, and was written before there were generations.
  if (stored.formatVersion !== 1 || owner.generation !== 1) throw toUnreadable();
  const key = await deriveAesKey(secret, new TextEncoder().encode(FORMAT_1_INFO), ['decrypt']);
  return expectMasterKey(await openAesGcm(key, box, new Uint8Array(0)));
}

function toContext({ userId, generation }: KeyOwner): Bytes {
  const subject = { purpose: 'recovery', owner: userId, generation, location: [] } as const;
  return encodeContext({ ...subject, formatVersion: 2, kekId: '' });
}
