import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { dictionary } from '@zxcvbn-ts/language-common';
import { isPredictablePassword } from './predictable-passwords.ts';

/** About 49,000 passwords from leaks, all in lower case: some 4 MB, read once. */
const commonPasswords: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** The longest password that is hashed, in UTF-16 units. None is ever truncated: a longer one is refused. */
export const PASSWORD_MAX_LENGTH = 256;

interface PasswordPolicy {
  /** The fewest characters (code points, as NIST SP 800-63B section 3.1.1.2 counts). */
  readonly minLength: number;
}

/** What an attacker already knows, and so can't be a password. */
interface PasswordOwner {
  readonly email: string;
  readonly name?: string | undefined;
  /** The input's field, for forms: `password` unless given. */
  readonly path?: 'password' | 'newPassword' | undefined;
}

/**
 * Throws WEAK_PASSWORD, with a sentence that says why, for a password that is too short or too long, one of
 * the most common, or the owner's own address or name. Case doesn't matter.
 */
export function checkPassword(
  password: string,
  { minLength }: PasswordPolicy,
  owner?: PasswordOwner,
): void {
  const message =
    findLengthProblem(password, minLength) ??
    (isCommonPassword(password) || isPredictablePassword(password)
      ? 'This password is one of the most common ones; choose another.'
      : owner && findOwnText(password, owner));
  if (message) throw new AuthError('WEAK_PASSWORD', { message, path: owner?.path ?? 'password' });
}

/** Whether a password is one of the most common ones, whatever its case. */
function isCommonPassword(password: string): boolean {
  return commonPasswords.has(password.normalize('NFKC').toLowerCase());
}

function findLengthProblem(password: string, minLength: number): string | undefined {
  if (password.length > PASSWORD_MAX_LENGTH) {
    return `Choose a password of at most ${PASSWORD_MAX_LENGTH} characters.`;
  }
  if ([...password.normalize('NFKC')].length < minLength) {
    return `Choose a password of at least ${minLength} characters.`;
  }
  return undefined;
}

function findOwnText(password: string, { email, name = '' }: PasswordOwner): string | undefined {
  const own = fold(password);
  const address = fold(email);
  if (own === address || own === address.split('@')[0]) {
    return 'This password is your own address; choose another.';
  }
  return name && own === fold(name) ? 'This password is your own name; choose another.' : undefined;
}

/** Case and spaces don't turn a name into a password. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}
