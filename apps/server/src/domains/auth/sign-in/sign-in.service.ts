import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import {
  findStoredPassword,
  readSignInAccount,
  type SignInAccount,
  upgradePassword,
} from '../credentials.repository.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { requestSecondFactor } from '../two-factor/second-factor-request.ts';
import { completeSignIn } from './complete-sign-in.ts';
import { readDeviceId } from './known-device.ts';
import { type Rehash, verifyPassword } from './password-check.service.ts';
import type { SignedIn } from './session.service.ts';

/**
 * Signs in with a password: sets the session cookie and answers an access token.
 *
 * Throws INVALID_CREDENTIALS (the same for an unknown address, after the same work), ACCOUNT_LOCKED,
 * EMAIL_NOT_VERIFIED or TWO_FACTOR_REQUIRED (both only to who knows the password), and what
 * `withLockout` throws.
 */
export async function login(
  call: CallContext,
  { email, password }: { email: string; password: string },
): Promise<SignedIn> {
  const { db } = call.deps;
  const deviceId = await readDeviceId(call.request, call.deps);
  const seenAccount = await readSignInAccount(db, email, deviceId);
  const { user: seenUser, seen } = seenAccount;
  const guess = { email, userId: seenUser?.id ?? null, method: 'password', seen } as const;

  return withLockout(call, guess, async (reservation) => {
    const account = reservation.isSeenCurrent
      ? seenAccount
      : await readSignInAccount(db, email, deviceId);
    const { user } = account;
    const rehash = await verifyPassword(call.deps, account.password, password);
    if (!user) throw new AuthError('INVALID_CREDENTIALS');
    if (!user.email_verified) throw new AuthError('EMAIL_NOT_VERIFIED');
    if (account.wantsSecondFactor) throw await goOnToSecondFactor(call, account, rehash);
    const { signedIn, notify } = await completeSignIn(call, user, reservation, { rehash });
    notify();
    return signedIn;
  });
}

/**
 * Asks for the second factor while nobody changes the password: one that a reset or a change has replaced
 * while it was judged leaves no challenge behind.
 */
async function goOnToSecondFactor(
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
    return requestSecondFactor(call, current, trx);
  });
}

/** No failed guess: the password may be the same one under a stronger hash. */
function refuseReplaced(): AuthError {
  return new AuthError('SERVICE_UNAVAILABLE', {
    retryAfterSec: 1,
    cause: new Error('The stored password was replaced while this one was judged'),
  });
}
