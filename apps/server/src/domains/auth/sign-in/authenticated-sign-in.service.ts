import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { User } from '@mana/db/schema/users';
import type { CallContext } from '../../../trpc/context.ts';
import { isSecondFactorOn } from '../two-factor/is-second-factor-on.ts';
import { requestSecondFactor } from '../two-factor/second-factor-request.ts';
import { completeSignIn, type SignInProof } from './complete-sign-in.ts';
import { findKnownDevice } from './known-device.ts';
import type { SignedIn } from './session.service.ts';

export interface AuthenticatedUser {
  readonly user: User;
  /** What the second factor's own row says, null where there is none. */
  readonly factorEnabled: boolean | null;
  /** Whether what recognised them stands for two factors. */
  readonly isBothFactors: boolean;
  readonly succeed: SignInProof['succeed'];
}

/**
 * Signs in a user whom something else than a password has recognised, with what `login` wants beside it.
 * Throws EMAIL_NOT_VERIFIED, TWO_FACTOR_REQUIRED and what `succeed` throws.
 */
export async function signInAuthenticated(
  call: CallContext,
  { user, factorEnabled, isBothFactors, succeed }: AuthenticatedUser,
): Promise<SignedIn> {
  if (!user.email_verified) throw new AuthError('EMAIL_NOT_VERIFIED');
  if (!isBothFactors && isSecondFactorOn(user, { enabled: factorEnabled })) {
    throw await requestSecondFactor(call, user);
  }
  const device = await findKnownDevice(call, user.id);
  const { signedIn, notify } = await completeSignIn(call, user, { device, succeed });
  notify();
  return signedIn;
}
