import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { User } from '@mana/db/schema/users';
import { PASSWORD_FACTORS } from '../../../sessions/factors.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import {
  findStoredPassword,
  readSignInAccount,
  type SignInAccount,
  upgradePassword,
} from '../credentials.repository.ts';
import { readDeviceId } from '../known-device.service.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { requestSecondFactor } from '../two-factor/second-factor-challenge.ts';
import { completeSignIn } from './complete-sign-in.service.ts';
import { type Rehash, verifyPassword } from './password-check.service.ts';
import type { SignedIn } from './session.service.ts';

/**
 * Signs in with a password: sets the session cookie and answers an access token.
 *
 * Throws INVALID_CREDENTIALS (the same for an unknown address, after the same work, and where accounts are
 * concealed for one that was never proven), ACCOUNT_LOCKED,
 * EMAIL_NOT_VERIFIED or TWO_FACTOR_REQUIRED (both only to somebody who knows the password), and what
 * `withLockout` throws.
 */
export async function login(
  call: CallContext,
  { email, password }: { email: string; password: string },
): Promise<SignedIn> {
  const { config, db } = call.deps;
  // Whoever signed up a moment ago must not learn here whether the address was taken.
  const isConcealed = (user: User | null) => config.concealAccounts && !user?.email_verified;
  const deviceId = await readDeviceId(call);
  const seenAccount = await readSignInAccount(db, email, deviceId);
  const { user: seenUser, seen } = seenAccount;
  const userId = seenUser?.id ?? null;

  return withLockout(call, { email, userId, method: 'password', seen }, async (attempt) => {
    const account = attempt.isSeenCurrent
      ? seenAccount
      : await readSignInAccount(db, email, deviceId);
    const user = isConcealed(account.user) ? null : account.user;
    const rehash = await verifyPassword(call.deps, user && account.password, password);
    if (!user) throw new AuthError('INVALID_CREDENTIALS');
    if (!user.email_verified) throw new AuthError('EMAIL_NOT_VERIFIED');
    if (account.requiresSecondFactor) throw await continueToSecondFactor(call, account, rehash);
    const proof = { ...attempt, amr: PASSWORD_FACTORS };
    return completeSignIn(call, user, proof, { rehash });
  });
}

/**
 * Asks for the second factor while nobody can change the password: one that a reset or a change replaced
 * while it was being verified leaves no challenge behind.
 */
async function continueToSecondFactor(
  call: CallContext,
  { user, password }: SignInAccount,
  rehash: Rehash | undefined,
): Promise<AuthError> {
  const { db, now } = call.deps;
  return db.transaction().execute(async (trx) => {
    const current = user && (await lockUser(trx, user.id));
    const stored = current && (await findStoredPassword(trx, current.id));
    if (!current || stored?.hash !== password?.hash) throw refuseReplaced();
    if (rehash) await upgradePassword(trx, rehash, now());
    return requestSecondFactor(call, { user: current, amr: PASSWORD_FACTORS }, trx);
  });
}

/** Not a failed attempt: the password may be the same one under a stronger hash. */
function refuseReplaced(): AuthError {
  return new AuthError('SERVICE_UNAVAILABLE', {
    retryAfterSec: 1,
    cause: new Error('The stored password was replaced while this one was being verified'),
  });
}
