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

/** Encrypts codes for the database, in Better Auth's form. */
export async function sealBackupCodes(
  secrets: AppSecrets,
  codes: readonly string[],
): Promise<string> {
  return secrets.encrypt(JSON.stringify(codes));
}

/**
 * Opens stored codes: ours, Better Auth's, or the same list in plain text. Throws if nothing opens them, or
 * if they are no list of codes.
 */
export async function openBackupCodes(
  secrets: AppSecrets,
  stored: string | null,
): Promise<string[]> {
  if (stored === null || stored === '') return [];
  const list = stored.startsWith('[') ? stored : (await secrets.decrypt(stored)).data;
  return z.array(z.string()).parse(JSON.parse(list));
}

function digest(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
