import { AuthError } from '../../errors/codes/auth-error.ts';

/**
 * The one error for whatever doesn't open: wrong key, changed bytes, another user's, damaged base64, an
 * unknown format. No cause and no detail, so that nobody can probe a wrap by what is said of it.
 */
export function toUnreadable(): AuthError {
  return new AuthError('VAULT_UNREADABLE');
}
