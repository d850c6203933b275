import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
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
 * The codes that are left once `typed` is used, or undefined if it is none of them. Spaces and hyphens don't
 * matter, and case only for codes with capitals, as Better Auth makes them. Takes the same time whichever
 * code it is.
 */
export function useBackupCode(codes: readonly string[], typed: string): string[] | undefined {
  const exact = digest(typed);
  const lowered = digest(typed.toLowerCase());
  const left = codes.filter((code) => {
    const given = code === code.toLowerCase() ? lowered : exact;
    return !timingSafeEqual(digest(code), given);
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
  return createHash('sha256').update(code.replace(/[\s-]/g, '')).digest();
}
