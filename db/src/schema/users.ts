import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** What a user may do across the whole service, in the database's enum `auth.user_role`. */
export const USER_ROLES = ['user', 'admin', 'service'] as const;
export type UserRole = (typeof USER_ROLES)[number];

/** How much of the product a user sees, in the database's enum `auth.access_tier`. */
export const ACCESS_TIERS = ['guest', 'public', 'beta', 'alpha', 'founder'] as const;
export type AccessTier = (typeof ACCESS_TIERS)[number];

/** Who is behind a user, in the database's enum `auth.user_kind`. */
export const USER_KINDS = ['human', 'persona', 'system'] as const;
export type UserKind = (typeof USER_KINDS)[number];

export interface UsersTable {
  id: string;
  name: string;
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
  deleted_at: Date | null;
}

export type User = Selectable<UsersTable>;
export type NewUser = Insertable<UsersTable>;
export type UserUpdate = Updateable<UsersTable>;
