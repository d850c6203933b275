import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { User } from '@mana/db/schema/users';
import type { Deps } from '../../../deps.ts';
import {
  CONCEALED_RESPONSE_MS,
  withMinimumDuration,
} from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { confirmEmailChange } from '../account/email-change.service.ts';
import { findStoredPassword } from '../credentials.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { createMailboxLink } from '../tokens/mail-links.ts';
import { withMailQuota } from '../tokens/mail-quota.ts';
import { issueToken, redeemToken } from '../tokens/single-use-tokens.service.ts';
import { findUserByEmail, markEmailVerified } from '../users.repository.ts';
import { verificationMail } from './sign-up.mails.ts';
import { resetUnverifiedAccount } from './unverified-account.service.ts';

const PURPOSE = 'email-verification';
const TTL_SECONDS = 24 * 60 * 60;

export interface VerifiedEmail {
  readonly verified: true;
  /** Whether the link made the address that of an account which had another one before. */
  readonly emailChanged: boolean;
}

/**
 * Proves the address that a link was mailed to: of a new account, or the new one of an account that
 * changes it. Each link works once. Throws TOKEN_EXPIRED, TOKEN_INVALID, or EMAIL_ALREADY_REGISTERED
 * for a change to an address that somebody took meanwhile.
 */
export async function verifyEmail(call: CallContext, token: string): Promise<VerifiedEmail> {
  try {
    await confirmNewAccount(call, token);
    return { verified: true, emailChanged: false };
  } catch (error) {
    if (!(error instanceof AuthError && error.code === 'TOKEN_INVALID')) throw error;
  }
  await confirmEmailChange(call, token);
  return { verified: true, emailChanged: true };
}

async function confirmNewAccount({ deps }: CallContext, token: string): Promise<void> {
  const now = deps.now();
  await deps.db.transaction().execute(async (trx) => {
    const { user } = await redeemToken(trx, PURPOSE, { token, now });
    // Whoever guessed at the address while it was nobody's has locked nobody out.
    await clearLockout(trx, user.email);
    await markEmailVerified(trx, user.id, now);
  });
}

/**
 * Mails a new link if the address has an account that is not verified yet. Known and unknown addresses
 * get the same answer after the same time.
 */
export async function resendVerification(
  call: CallContext,
  input: { email: string; callbackURL?: string | undefined },
): Promise<{ sent: true }> {
  const { db } = call.deps;
  return withMinimumDuration(CONCEALED_RESPONSE_MS, async () => {
    const user = await findUserByEmail(db, input.email);
    if (user && !user.email_verified && !user.deleted_at) {
      const hasPassword = (await findStoredPassword(db, user.id)) !== null;
      if (hasPassword) await mailVerificationLink(call.deps, user, input.callbackURL);
      else await resetUnverifiedAccount(call.deps, user);
    }
    return { sent: true };
  });
}

/** Issues a link and starts sending it; does not wait for the mail server. */
export async function mailVerificationLink(
  deps: Deps,
  { id: userId, email }: Pick<User, 'id' | 'email'>,
  callbackURL: string | undefined,
): Promise<void> {
  const subject = { purpose: PURPOSE, userId, email } as const;
  const token = await withMailQuota(deps, { kind: 'sign-up', email }, () =>
    issueToken(deps.db, subject, { from: deps.now(), ttlSeconds: TTL_SECONDS }),
  );
  if (token === null) return;
  const link = createMailboxLink(deps.config, { token, callbackURL });
  deps.mailer.send(verificationMail({ to: email, link }));
}
