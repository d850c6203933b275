import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth, TwoFactorAuthUpdate } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { recordEvent } from '../../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../../trpc/request-origin.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { completeSignIn } from '../sign-in/complete-sign-in.ts';
import type { SignedIn } from '../sign-in/session.service.ts';
import { findTokenHolder, redeemToken } from '../tokens/single-use-tokens.service.ts';
import { isSecondFactorOn } from './is-second-factor-on.ts';
import {
  findSecondFactor,
  markSecondFactor,
  updateSecondFactor,
} from './second-factor.repository.ts';
import { checkBackupCode, checkTotp } from './second-factor.ts';
import { clearChallenge, readChallenge } from './second-factor-request.ts';
import { backupCodeUsedMail } from './two-factor.mails.ts';

interface Answered {
  readonly code: string;
  /** Secret. Undefined for browsers, which have it in a cookie. */
  readonly challenge?: string | undefined;
}

/**
 * Completes a sign-in that `requestSecondFactor` has begun, with a code of the authenticator app.
 *
 * Throws TWO_FACTOR_FAILED for a wrong code and for one that was taken already, TOKEN_EXPIRED or
 * TOKEN_INVALID for the challenge, and what `withLockout` throws. Whatever it throws, the challenge
 * stays good.
 */
export async function verifyTotp(call: CallContext, answered: Answered): Promise<SignedIn> {
  const { signedIn } = await meetChallenge(call, answered, 'totp', (factor) =>
    checkTotp(call.deps, factor, answered.code),
  );
  return signedIn;
}

/** As `verifyTotp`, with one of the codes for when the app is lost. The owner gets a mail. */
export async function verifyBackupCode(call: CallContext, answered: Answered): Promise<SignedIn> {
  let leftCodes = 0;
  const { signedIn, user } = await meetChallenge(call, answered, 'backup-code', async (factor) => {
    const judged = await checkBackupCode(call.deps, factor, answered.code);
    leftCodes = judged.leftCodes;
    return judged.change;
  });
  const { config, mailer } = call.deps;
  recordEvent(call, 'BACKUP_CODE_USED', user.id, { leftCodes });
  const requestOrigin = describeRequestOrigin(call);
  mailer.send(
    backupCodeUsedMail({ to: user.email, baseUrl: config.baseUrl, requestOrigin, leftCodes }),
  );
  return signedIn;
}

/** Judges a code under the lockout; what it uses up, the challenge and the session go together. */
async function meetChallenge(
  call: CallContext,
  answered: Answered,
  method: 'totp' | 'backup-code',
  judge: (factor: TwoFactorAuth) => Promise<TwoFactorAuthUpdate>,
): Promise<{ signedIn: SignedIn; user: User }> {
  const { db, now } = call.deps;
  const token = await readChallenge(call, answered.challenge);
  if (token === undefined) throw new AuthError('TOKEN_INVALID');
  const presented = { token, now: now() };
  const { user: asked } = await findTokenHolder(db, 'two-factor', presented);
  const guess = { email: asked.email, userId: asked.id, method };

  const met = await withLockout(call, guess, (reservation) =>
    db.transaction().execute(async (trx) => {
      await lockUser(trx, asked.id);
      const { user } = await redeemToken(trx, 'two-factor', presented);
      const factor = await getFactorInUse(trx, user);
      const change = await judge(factor);
      await updateSecondFactor(trx, user.id, {
        ...change,
        enabled: true,
        enabled_at: factor.enabled_at ?? now(),
      });
      if (!user.two_factor_enabled)
        await markSecondFactor(trx, user.id, { isOn: true, now: now() });
      const agreed = { ...user, two_factor_enabled: true };
      return { ...(await completeSignIn(call, agreed, reservation, { db: trx })), user };
    }),
  );
  met.notify();
  await clearChallenge(call);
  return met;
}

/** One that was turned off or removed since it was asked for leaves nothing to meet: TOKEN_INVALID. */
async function getFactorInUse(trx: Transaction<Database>, user: User): Promise<TwoFactorAuth> {
  const factor = await findSecondFactor(trx, user.id);
  if (!factor || !isSecondFactorOn(user, factor)) throw new AuthError('TOKEN_INVALID');
  return factor;
}
