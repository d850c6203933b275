import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { Deps } from '../../../deps.ts';
import type { SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { findStoredPassword, type StoredPassword } from '../credentials.repository.ts';
import { type GuardedAttempt, withLockout } from '../lockout/with-lockout.ts';

/** The same password under a stronger hash, to be stored in place of the one it was verified against. */
export type Rehash = NonNullable<SuccessWrites['rehash']>;

/**
 * Verifies a password against the stored one; without one, does the same work to no effect. Answers the
 * stronger hash to store if the stored one is weaker than the configuration requires.
 *
 * Throws INVALID_CREDENTIALS, or SERVICE_UNAVAILABLE while too many passwords are being checked.
 */
export async function verifyPassword(
  { passwordHasher, log }: Pick<Deps, 'passwordHasher' | 'log'>,
  stored: StoredPassword | null,
  password: string,
): Promise<Rehash | undefined> {
  if (!stored) {
    await passwordHasher.verifyDummyPassword(password);
    throw new AuthError('INVALID_CREDENTIALS');
  }
  const { accountId, hash } = stored;
  if (!(await passwordHasher.verify({ hash, password })))
    throw new AuthError('INVALID_CREDENTIALS');
  if (!passwordHasher.needsRehash(hash)) return undefined;
  try {
    return { accountId, from: hash, to: await passwordHasher.hash(password) };
  } catch (error) {
    // There is no hurry: the next sign-in upgrades it.
    log.debug({ err: error }, 'an older password hash was left as it is');
    return undefined;
  }
}

/**
 * Has a signed-in user prove the password once more, under the lockout like a sign-in. `onVerified` settles
 * the attempt. Throws INVALID_CREDENTIALS and what `withLockout` throws.
 */
export async function checkCurrentPassword<T>(
  call: SignedInContext,
  password: string,
  onVerified: (attempt: GuardedAttempt, rehash: Rehash | undefined) => Promise<T>,
): Promise<T> {
  const { id: userId, email } = call.session.user;
  return withLockout(call, { email, userId, method: 'password' }, async (attempt) => {
    const stored = await findStoredPassword(call.deps.db, userId);
    return onVerified(attempt, await verifyPassword(call.deps, stored, password));
  });
}

/** Whether a user can sign in with a password at all. */
export async function hasPassword(db: Kysely<Database>, userId: string): Promise<boolean> {
  return (await findStoredPassword(db, userId)) !== null;
}
