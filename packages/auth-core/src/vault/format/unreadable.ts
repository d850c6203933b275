import { AuthError } from '../../errors/codes/auth-error.ts';

/**
 * The one error for anything that doesn't open: a wrong key, changed bytes, another user's wrap, damaged
 * base64, an unknown format. No cause and no detail, so that nobody can probe a wrap by what the error says.
 */
export function toUnreadable(): AuthError {
  return new AuthError('VAULT_UNREADABLE');
}
