import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { parseAccessTier, parseUserRole, type User, type UserUpdate } from '@mana/db/schema/users';
import type { SignedInContext } from '../../trpc/context.ts';
import { displayEmail } from './email-address.ts';
import { updateUser } from './users.repository.ts';

/** A user as the API shows them to themselves. */
export type PublicUser = Readonly<ReturnType<typeof toPublicUser>>;

/** What a user sees of themselves. Dates are `Date`s; what isn't set is null. */
export function toPublicUser(user: User) {
  return {
    id: user.id,
    email: displayEmail(user.email),
    emailVerified: user.email_verified,
    name: user.name,
    image: user.image,
    role: parseUserRole(user.role),
    accessTier: parseAccessTier(user.access_tier),
    kind: user.kind,
    twoFactorEnabled: user.two_factor_enabled,
    onboardingCompletedAt: user.onboarding_completed_at,
    createdAt: user.created_at,
  };
}

/** Changes the given parts of the caller's profile and answers all of it. */
export async function updateProfile(
  call: SignedInContext,
  change: { name?: string | undefined; image?: string | null | undefined },
): Promise<{ user: PublicUser }> {
  const { db, now } = call.deps;
  const update: UserUpdate = { updated_at: now() };
  if (change.name !== undefined) update.name = change.name;
  if (change.image !== undefined) update.image = change.image;
  const user = await updateUser(db, call.session.user.id, update);
  // Deleted since the session was read.
  if (!user) throw new AuthError('TOKEN_EXPIRED');
  return { user: toPublicUser(user) };
}
