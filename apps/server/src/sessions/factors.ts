import type { User } from '@mana/db/schema/users';

/** How somebody proved who they are, in the words of RFC 8176. */
export type Factor = 'pwd' | 'otp' | 'hwk' | 'swk' | 'user' | 'mfa';

/** A password alone. */
export const PASSWORD_FACTORS: readonly Factor[] = ['pwd'];

/**
 * What a passkey proves. `user` says that somebody was there, and `mfa` that the passkey verified who; a
 * key that can be backed up isn't in hardware alone.
 */
export function factorsOfPasskey(passkey: {
  readonly isUserVerified: boolean;
  readonly isSingleDevice: boolean;
}): readonly Factor[] {
  const key = passkey.isSingleDevice ? 'hwk' : 'swk';
  return passkey.isUserVerified ? [key, 'user', 'mfa'] : [key, 'user'];
}

/** What is proven once a code of the second factor has followed `first`. */
export function addCode(first: readonly string[]): readonly string[] {
  return [...new Set([...first, 'otp', 'mfa'])];
}

/** Whether two factors were proven. False where nobody noted them, as versions before this one. */
export function isMultiFactor(factors: readonly string[] | null): boolean {
  return factors?.includes('mfa') === true;
}

/**
 * Whether an account requires a second factor: it does as soon as either of the two places that record it
 * says so. Where they disagree, as they may in a migrated database, nobody loses their second factor
 * silently; signing in with it, or turning it off, makes them agree again.
 */
export function isSecondFactorOn(
  user: Pick<User, 'two_factor_enabled'>,
  stored: { readonly enabled: boolean | null } | undefined,
): boolean {
  return user.two_factor_enabled || stored?.enabled === true;
}
