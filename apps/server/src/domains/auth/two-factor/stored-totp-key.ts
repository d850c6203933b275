import { Secret } from 'otpauth';
import type { AppSecrets } from '../../../secrets/app-secrets.ts';
import type { TotpKey } from './totp.ts';

/** With this prefix, the rest is the key in base32; without it, the text itself is the key. */
const ENCODED = 'base32:';
/** 80 bits at least; whatever is encrypted is longer than the longest. */
const PLAIN_BASE32 = /^[A-Z2-7]{16,80}$/;

/** Encrypts a user's key for the database. It opens for that user alone. */
export function sealTotpKey(secrets: AppSecrets, userId: string, key: TotpKey): string {
  return secrets.encrypt(ENCODED + key.base32, { purpose: 'totp-key', owner: userId });
}

/**
 * Opens a user's stored key: one of ours, one that Better Auth made (its 32 characters are the key, as ASCII), or
 * base32 in plain text as in some older databases.
 *
 * `isCurrent` is false if `sealTotpKey` would protect it better: it is in plain text, under an earlier secret,
 * or bound to no user. Throws `UndecryptableError` if nothing opens it.
 */
export async function openTotpKey(
  secrets: AppSecrets,
  userId: string,
  stored: string,
): Promise<{ key: TotpKey; isCurrent: boolean }> {
  const plain = stored.replace(/[\s=]/g, '').toUpperCase();
  if (PLAIN_BASE32.test(plain)) return { key: Secret.fromBase32(plain), isCurrent: false };
  const context = { purpose: 'totp-key', owner: userId } as const;
  const { data, isCurrent } = await secrets.decrypt(stored, context);
  const key = data.startsWith(ENCODED)
    ? Secret.fromBase32(data.slice(ENCODED.length))
    : Secret.fromUTF8(data);
  return { key, isCurrent };
}
