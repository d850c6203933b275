import type { User } from '@mana/db/schema/users';

/** A user as the API shows it to themself. Dates are `Date`s; unset ones are null. */
export interface PublicUser {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly image: string | null;
  readonly role: User['role'];
  readonly accessTier: User['access_tier'];
  readonly kind: User['kind'];
  readonly twoFactorEnabled: boolean;
  readonly onboardingCompletedAt: Date | null;
  readonly createdAt: Date;
}

export function toPublicUser(user: Omit<User, 'updated_at' | 'deleted_at'>): PublicUser {
  return {
    id: user.id,
    email: user.email,
    emailVerified: user.email_verified,
    name: user.name,
    image: user.image,
    role: user.role,
    accessTier: user.access_tier,
    kind: user.kind,
    twoFactorEnabled: user.two_factor_enabled,
    onboardingCompletedAt: user.onboarding_completed_at,
    createdAt: user.created_at,
  };
}
