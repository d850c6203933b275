import { encodeBase64, findBase64 } from '../format/base64.ts';
import { areEqualBytes } from '../format/bytes.ts';
import { encodeContext, toInfo } from '../format/context.ts';
import { deriveBytes } from '../format/secret.ts';
import type { UnlockedVault } from './unlocked-vault.ts';

const PROOF_BYTES = 32;

/**
 * Proves knowledge of this master key and reveals nothing of it: base64 of 32 bytes that can be derived
 * from the key alone. Secret, since anybody who has it can prove the same: sent over TLS, never stored or
 * logged.
 */
export async function proveMasterKey(vault: UnlockedVault): Promise<string> {
  const { secret, userId, generation } = vault;
  const subject = { purpose: 'possession', owner: userId, generation, location: [] } as const;
  const context = encodeContext({ ...subject, formatVersion: 2, kekId: '' });
  return encodeBase64(await deriveBytes(secret, await toInfo(context), PROOF_BYTES));
}

/**
 * What a server keeps to recognise the proof: base64 of its SHA-256. Neither the proof nor the key can be
 * computed from it. Null for what can't be a proof.
 */
export async function findProofVerifier(proof: string): Promise<string | null> {
  const bytes = findBase64(proof);
  if (bytes?.length !== PROOF_BYTES) return null;
  return encodeBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

/** Whether the verifier was made from this proof. Constant time; false for what can't be a proof. */
export async function matchesVerifier(proof: string, verifier: string): Promise<boolean> {
  const actual = await findProofVerifier(proof);
  if (actual === null) return false;
  const encoder = new TextEncoder();
  return areEqualBytes(encoder.encode(actual), encoder.encode(verifier));
}
