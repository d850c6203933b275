import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { normalizeTypedCode } from '@mana/auth-core/typed-code';
import { z } from 'zod';
import type { AppSecrets } from '../../../secrets/app-secrets.ts';

const CODE_COUNT = 10;
const CODE_LENGTH = 10;
/** The alphabet of RFC 4648 in lower case: it has o and l, but no 0 and 1. Five bits a character. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Ten codes of 50 random bits, such as `k3vqa-x7m2d`. Secret. */
export function generateBackupCodes(): string[] {
  return Array.from({ length: CODE_COUNT }, () => {
    const characters = Array.from(randomBytes(CODE_LENGTH), (byte) => ALPHABET[byte % 32]);
    return characters.join('').replace(/^.{5}/, '$&-');
  });
}

/**
 * The codes that are left once `typed` is used, or undefined if it is none of them. Case matters only for
 * codes with capitals, as Better Auth makes them. Takes the same time whichever code it is.
 *
 * Throws VALIDATION for what can't be a code because none of them is as long: that is no attempt.
 */
export function useBackupCode(codes: readonly string[], typed: string): string[] | undefined {
  const code = normalizeTypedCode(typed);
  const lengths = codes.map((one) => normalizeTypedCode(one).length);
  if (lengths.length > 0 && !lengths.includes(code.length)) {
    const message = `A backup code has ${Math.max(...lengths)} letters and digits.`;
    throw new AuthError('VALIDATION', { path: 'code', message });
  }
  const exact = digest(code);
  const lowered = digest(code.toLowerCase());
  const left = codes.filter((one) => {
    const given = one === one.toLowerCase() ? lowered : exact;
    return !timingSafeEqual(digest(normalizeTypedCode(one)), given);
  });
  return left.length < codes.length ? left : undefined;
}

/** Encrypts a user's codes for the database. They open for that user alone. */
export function sealBackupCodes(
  secrets: AppSecrets,
  userId: string,
  codes: readonly string[],
): string {
  return secrets.encrypt(JSON.stringify(codes), { purpose: 'backup-codes', owner: userId });
}

/**
 * Opens a user's stored codes: ours, Better Auth's, or the same list in plain text. `isCurrent` is false if
 * `sealBackupCodes` would protect them better. Throws `UndecryptableError` if nothing opens them, and another
 * error if they are no list of codes.
 */
export async function openBackupCodes(
  secrets: AppSecrets,
  userId: string,
  stored: string | null,
): Promise<{ codes: string[]; isCurrent: boolean }> {
  if (stored === null || stored === '') return { codes: [], isCurrent: true };
  const context = { purpose: 'backup-codes', owner: userId } as const;
  const { data, isCurrent } = stored.startsWith('[')
    ? { data: stored, isCurrent: false }
    : await secrets.decrypt(stored, context);
  return { codes: z.array(z.string()).parse(JSON.parse(data)), isCurrent };
}

function digest(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
