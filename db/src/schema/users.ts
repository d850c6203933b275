import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** What a user may do across the whole service, in the database's enum `auth.user_role`. */
export const USER_ROLES = ['user', 'admin', 'service'] as const;
/** A label of `auth.user_role`. */
export type UserRole = (typeof USER_ROLES)[number];

/** How much of the product a user sees, in the database's enum `auth.access_tier`. */
export const ACCESS_TIERS = ['guest', 'public', 'beta', 'alpha', 'founder'] as const;
/** A label of `auth.access_tier`. */
export type AccessTier = (typeof ACCESS_TIERS)[number];

/** The role of this label; one that a newer version added gives no rights beyond everybody's. */
export function parseUserRole(label: string): UserRole {
  return USER_ROLES.find((known) => known === label) ?? 'user';
}

/** The tier of this label; one that a newer version added shows what everybody sees. */
export function parseAccessTier(label: string): AccessTier {
  return ACCESS_TIERS.find((known) => known === label) ?? 'public';
}

/** Who is behind a user, in the database's enum `auth.user_kind`. */
export const USER_KINDS = ['human', 'persona', 'system'] as const;
/** A label of `auth.user_kind`. */
export type UserKind = (typeof USER_KINDS)[number];

/** One row for each user. Better Auth reads and writes it too. */
export interface UsersTable {
  id: string;
  name: string;
  /** Normalised: trimmed and in lower case. */
  email: string;
  email_verified: Generated<boolean>;
  image: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  role: Generated<UserRole>;
  access_tier: Generated<AccessTier>;
  kind: Generated<UserKind>;
  two_factor_enabled: Generated<boolean>;
  onboarding_completed_at: Date | null;
  /** Set for a user who is deleted but still in the table. */
  deleted_at: Date | null;
}

/** A row of `auth.users` as it is read. */
export type User = Selectable<UsersTable>;
/** A row of `auth.users` as it is inserted: columns with a default may be left out. */
export type NewUser = Insertable<UsersTable>;
/** The columns of `auth.users` to change. */
export type UserUpdate = Updateable<UsersTable>;
