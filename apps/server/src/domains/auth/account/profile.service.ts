import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { UserUpdate } from '@mana/db/schema/users';
import type { SignedInContext } from '../../../trpc/context.ts';
import type { PublicUser } from '../public-user.ts';
import { toPublicUser } from '../public-user.ts';
import { updateUser } from '../users.repository.ts';

/** Changes what is given of the caller's profile and answers the whole. */
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
