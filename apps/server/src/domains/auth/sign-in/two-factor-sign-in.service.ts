import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth, TwoFactorAuthUpdate } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import { addCode, isSecondFactorOn, PASSWORD_FACTORS } from '../../../sessions/factors.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { redeemToken } from '../tokens/single-use-tokens.service.ts';
import { findSecondFactor } from '../two-factor/second-factor.repository.ts';
import {
  checkBackupCode,
  checkTotp,
  notifyOfBackupCode,
  storeUsedCode,
} from '../two-factor/second-factor.service.ts';
import { clearChallenge, getChallenge } from '../two-factor/second-factor-challenge.ts';
import { completeSignIn } from './complete-sign-in.service.ts';
import type { SignedIn } from './session.service.ts';

interface ChallengeResponse {
  readonly code: string;
  /** Secret. Undefined for browsers, which have it in a cookie. */
  readonly challenge?: string | undefined;
}

/**
 * Completes a sign-in that `requestSecondFactor` began, with a code of the authenticator app.
 *
 * Throws TWO_FACTOR_FAILED for a wrong code or one that was used already, TOKEN_EXPIRED or TOKEN_INVALID
 * for the challenge, and what `withLockout` throws. Whatever it throws, the challenge stays good.
 */
export async function verifyTotp(
  call: CallContext,
  response: ChallengeResponse,
): Promise<SignedIn> {
  return meetChallenge(call, response, 'totp', (factor) =>
    checkTotp(call.deps, factor, response.code),
  );
}

/** Like `verifyTotp`, with one of the codes for when the app is lost. The owner gets a mail. */
export async function verifyBackupCode(
  call: CallContext,
  response: ChallengeResponse,
): Promise<SignedIn> {
  return meetChallenge(call, response, 'backup-code', async (factor, trx, user) => {
    const { change, codesLeft } = await checkBackupCode(call.deps, factor, response.code);
    await notifyOfBackupCode(call, trx, { user, codesLeft });
    return change;
  });
}

/** Checks a code under the lockout. What it uses up, the challenge and the session are written together. */
async function meetChallenge(
  call: CallContext,
  response: ChallengeResponse,
  method: 'totp' | 'backup-code',
  check: (
    factor: TwoFactorAuth,
    trx: Transaction<Database>,
    user: User,
  ) => Promise<TwoFactorAuthUpdate>,
): Promise<SignedIn> {
  const { db, now } = call.deps;
  const { token, user: holder } = await getChallenge(call, response.challenge);
  const presented = { token, now: now() };

  const signedIn = await withLockout(
    call,
    { email: holder.email, userId: holder.id, method },
    (attempt) =>
      db.transaction().execute(async (trx) => {
        await lockUser(trx, holder.id);
        const { user, amr = PASSWORD_FACTORS } = await redeemToken(trx, 'two-factor', presented);
        const factor = await getFactorInUse(trx, user);
        const change = await check(factor, trx, user);
        await storeUsedCode(trx, { user, factor, change, now: now() });
        const marked = { ...user, two_factor_enabled: true };
        const proof = { ...attempt, amr: addCode(amr) };
        return completeSignIn(call, marked, proof, { db: trx });
      }),
  );
  await clearChallenge(call);
  return signedIn;
}

/** A factor that was turned off or removed since it was asked for leaves nothing to meet: TOKEN_INVALID. */
async function getFactorInUse(trx: Transaction<Database>, user: User): Promise<TwoFactorAuth> {
  const factor = await findSecondFactor(trx, user.id);
  if (!factor || !isSecondFactorOn(user, factor)) throw new AuthError('TOKEN_INVALID');
  return factor;
}
