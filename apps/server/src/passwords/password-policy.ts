import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { isCommonPassword } from './common-passwords.ts';
import { isPredictablePassword } from './predictable-passwords.ts';

/** Longest password that is hashed, in UTF-16 units. None is ever cut: a longer one is refused. */
export const PASSWORD_MAX_LENGTH = 256;

/** What a new password must satisfy. */
export interface PasswordPolicy {
  /** Fewest characters (code points, as NIST SP 800-63B section 3.1.1.2 counts). */
  readonly minLength: number;
}

/** What an attacker knows already, and so no password. */
export interface PasswordOwner {
  readonly email: string;
  readonly name?: string | undefined;
  /** The input's field, for forms. Default: `password`. */
  readonly path?: 'password' | 'newPassword' | undefined;
}

/**
 * Throws WEAK_PASSWORD, with a sentence that says which rule, for a password that is too short or too
 * long, one of the most common, or the owner's own address or name. Compares without regard to case.
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
      : owner && findOwnWords(password, owner));
  if (message) throw new AuthError('WEAK_PASSWORD', { message, path: owner?.path ?? 'password' });
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

function findOwnWords(password: string, { email, name = '' }: PasswordOwner): string | undefined {
  const own = fold(password);
  const address = fold(email);
  if (own === address || own === address.split('@')[0]) {
    return 'This password is your own address; choose another.';
  }
  return name && own === fold(name) ? 'This password is your own name; choose another.' : undefined;
}

/** Case and spaces make no password of a name. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}
