import { dictionary } from '@zxcvbn-ts/language-common';

/** About 49,000 passwords from leaks, all in lower case: some 4 MB, read once. */
const commonPasswords: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** Whether a password is one of the most common ones, whatever its case. */
export function isCommonPassword(password: string): boolean {
  return commonPasswords.has(password.normalize('NFKC').toLowerCase());
}
