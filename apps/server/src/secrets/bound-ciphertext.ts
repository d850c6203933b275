import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What a ciphertext is and whose: it opens as nothing else, and in nobody else's row. */
export interface SecretContext {
  readonly purpose: 'totp-key' | 'backup-codes' | 'signing-key' | 'mail';
  /** The id of the user, or of the row if it is nobody's. */
  readonly owner: string;
}

/** In front of the base64url of IV, ciphertext and tag. No other form that a column may hold begins with it. */
const FORM = 'mana:2:';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Whether a stored value is in the form that `sealBound` writes. */
export function isBound(stored: string): boolean {
  return stored.startsWith(FORM);
}

/** Encrypts with AES-256-GCM, under a key derived from the secret and with the context as associated data. */
export function sealBound(secret: string, data: string, context: SecretContext): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, deriveKey(secret), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(encodeContext(context));
  const sealed = Buffer.concat([iv, cipher.update(data, 'utf8'), cipher.final()]);
  return FORM + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url');
}

/** What `sealBound` encrypted under this secret in this context, else undefined. */
export function openBound(
  secret: string,
  stored: string,
  context: SecretContext,
): string | undefined {
  const text = stored.slice(FORM.length);
  const bytes = Buffer.from(text, 'base64url');
  // Only one text for each ciphertext: the decoder skips characters that aren't base64url.
  if (bytes.toString('base64url') !== text || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, deriveKey(secret), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(encodeContext(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const data = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
    return Buffer.concat([data, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function deriveKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'mana-auth encryption', 32));
}

/** As JSON, so that no two contexts are the same bytes. */
function encodeContext({ purpose, owner }: SecretContext): Buffer {
  return Buffer.from(JSON.stringify([FORM, purpose, owner]));
}
