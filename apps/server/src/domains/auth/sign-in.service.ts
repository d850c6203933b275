import { AuthError } from '@mana/auth-core/errors/auth-error';
import type { CallContext } from '../../trpc/context.ts';
import { readSignInAccount, upgradePassword } from './credentials.repository.ts';
import { readDeviceId } from './known-devices/known-device.ts';
import { underLockout } from './lockout/under-lockout.ts';
import { judgePassword } from './password-check.service.ts';
import type { SignedIn } from './session.service.ts';
import { completeSignIn } from './sign-in-completion.ts';
import { requestSecondFactor } from './two-factor/second-factor-request.ts';

/**
 * Signs in with a password: sets the session cookie and answers an access token.
 *
 * Throws INVALID_CREDENTIALS (the same for an unknown address, after the same work), ACCOUNT_LOCKED,
 * EMAIL_NOT_VERIFIED or TWO_FACTOR_REQUIRED (both only to who knows the password), and what
 * `underLockout` throws.
 */
export async function login(
  call: CallContext,
  { email, password }: { email: string; password: string },
): Promise<SignedIn> {
  const { db, now } = call.deps;
  const deviceId = await readDeviceId(call.request, call.deps);
  const seenAccount = await readSignInAccount(db, email, deviceId);
  const { user: seenUser, seen } = seenAccount;
  const guess = { email, userId: seenUser?.id ?? null, method: 'password', seen } as const;

  return underLockout(call, guess, async (reservation) => {
    const account = reservation.isSeenCurrent
      ? seenAccount
      : await readSignInAccount(db, email, deviceId);
    const { user } = account;
    const rehash = await judgePassword(call.deps, account.password, password);
    if (!user) throw new AuthError('INVALID_CREDENTIALS');
    if (!user.email_verified) throw new AuthError('EMAIL_NOT_VERIFIED');
    if (account.wantsSecondFactor) {
      if (rehash) await upgradePassword(db, rehash, now());
      throw await requestSecondFactor(call, user);
    }
    return completeSignIn(call, user, reservation, { rehash });
  });
}
