import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type AppSecrets, UndecryptableError } from './app-secrets.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What a sealed text is bound to: under another purpose or in another row it doesn't open. */
interface SealedFor {
  readonly purpose: string;
  /** The id of the row that holds it. */
  readonly rowId: string;
}

/**
 * Encrypts text under the current secret, for one purpose and one row: AES-256-GCM under a derived key, as
 * base64url of IV, ciphertext and tag.
 */
export function sealText(
  { current }: AppSecrets,
  text: string,
  { purpose, rowId }: SealedFor,
): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, deriveKey(current, purpose), iv, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(Buffer.from(rowId));
  const sealed = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64url');
}

/** Opens what `sealText` wrote under any accepted secret. Throws `UndecryptableError`. */
export function openText(
  { accepted }: AppSecrets,
  sealed: string,
  { purpose, rowId }: SealedFor,
): string {
  const bytes = Buffer.from(sealed, 'base64url');
  for (const secret of accepted) {
    try {
      const key = deriveKey(secret, purpose);
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(rowId));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      // Sealed under another secret, or no sealed text at all.
    }
  }
  throw new UndecryptableError();
}

/** HKDF, RFC 5869: for each purpose another key, and none that signs. */
function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `mana-auth encryption ${purpose}`, 32));
}
