import type { User } from '@mana/db/schema/users';

/**
 * Whether an account wants a second factor: it does as soon as one of the two places that keep it says
 * so. Where they disagree, as they may in a migrated database, nobody loses their second factor in
 * silence; signing in with it, or turning it off, makes them agree again.
 */
export function isSecondFactorOn(
  user: Pick<User, 'two_factor_enabled'>,
  kept: { readonly enabled: boolean | null } | undefined,
): boolean {
  return user.two_factor_enabled || kept?.enabled === true;
}
