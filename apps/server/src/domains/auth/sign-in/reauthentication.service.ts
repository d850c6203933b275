import type { SignedInContext } from '../../../trpc/context.ts';
import { checkCurrentPassword } from './password-check.service.ts';
import { issueAccessToken, type SignedIn } from './session.service.ts';

/**
 * Makes the caller's session fresh again, for ten minutes. Throws INVALID_CREDENTIALS, counted like a
 * failed sign-in, and what `withLockout` throws.
 */
export async function reauthenticate(call: SignedInContext, password: string): Promise<SignedIn> {
  const { db } = call.deps;
  await checkCurrentPassword(call, password, (reservation, rehash) =>
    reservation.succeed(db, { provenSessionId: call.session.id, ...(rehash && { rehash }) }),
  );
  return issueAccessToken(call, call.session);
}
