import { type Bytes, wipeBytes } from '../format/bytes.ts';
import { encodeContext } from '../format/context.ts';
import { openEnvelope, sealEnvelope } from '../format/envelope.ts';
import { expectSecret, importSecret } from '../format/secret.ts';
import { encodeWrap, parseWrap, type StoredWrap } from '../format/stored-wrap.ts';
import { toUnreadable } from '../format/unreadable.ts';
import { expectMasterKey, type KeyOwner } from './master-key-wrap.ts';
import { parsePrfOutput } from './prf-output.ts';

/** Whose master key it is, and which passkey wraps it. */
export interface PasskeyOwner extends KeyOwner {
  /** Base64url without padding, as in WebAuthn's JSON and `auth.passkeys`. */
  readonly credentialId: string;
}

/**
 * Wraps a master key for one passkey, under its PRF output. Throws VALIDATION for an output that can't be a
 * secret. The caller wipes the master key; of the output only the copies made here are wiped.
 */
export async function wrapForPasskey(
  masterKey: Bytes,
  prfOutput: unknown,
  owner: PasskeyOwner,
): Promise<StoredWrap> {
  expectSecret(masterKey, 'A master key');
  const secret = await importPrfOutput(prfOutput);
  return encodeWrap(await sealEnvelope(secret, masterKey, toContext(owner)), 2);
}

/**
 * Opens the wrap of this passkey. Throws VALIDATION for an output that can't be a secret, and
 * VAULT_UNREADABLE for anything else that doesn't open. The caller wipes the 32 bytes.
 */
export async function openPasskeyWrap(
  stored: StoredWrap,
  prfOutput: unknown,
  owner: PasskeyOwner,
): Promise<Bytes> {
  const secret = await importPrfOutput(prfOutput);
  if (stored.formatVersion !== 2) throw toUnreadable();
  return expectMasterKey(await openEnvelope(secret, parseWrap(stored), toContext(owner)));
}

async function importPrfOutput(prfOutput: unknown): Promise<CryptoKey> {
  const bytes = parsePrfOutput(prfOutput);
  try {
    return await importSecret(bytes);
  } finally {
    wipeBytes(bytes);
  }
}

function toContext({ userId, generation, credentialId }: PasskeyOwner): Bytes {
  const location = [credentialId];
  const subject = { purpose: 'passkey', owner: userId, generation, location } as const;
  return encodeContext({ ...subject, formatVersion: 2, kekId: '' });
}
