import { AuthError } from '../../errors/codes/auth-error.ts';
import type { Bytes } from '../format/bytes.ts';
import { SECRET_BYTES } from '../format/secret.ts';

/** The input to a passkey's PRF (`prf.eval.first`). The browser hashes it with a prefix of its own. */
export const PRF_INPUT = 'mana-vault/passkey/2';

/**
 * Reads the output of a passkey's PRF extension (`prf.results.first`, WebAuthn Level 3 section 10.1.4):
 * exactly 32 bytes, copied. Throws VALIDATION for one that is missing, shorter, longer or all zero: under
 * such a key anybody could open the vault.
 */
export function parsePrfOutput(output: unknown): Bytes {
  const bytes = copyBytes(output);
  if (bytes?.length !== SECRET_BYTES || bytes.every((byte) => byte === 0)) {
    throw new AuthError('VALIDATION', {
      path: 'prf',
      message: "This passkey can't unlock the vault. Unlock it another way.",
    });
  }
  return bytes;
}

function copyBytes(output: unknown): Bytes | null {
  if (output instanceof ArrayBuffer) return new Uint8Array(output.slice(0));
  if (!ArrayBuffer.isView(output)) return null;
  return new Uint8Array(new Uint8Array(output.buffer, output.byteOffset, output.byteLength));
}
