import type { User } from '@mana/db/tables/users';
import type { Deps } from '../../deps.ts';
import type { CallContext } from '../../trpc/context.ts';
import { verificationMail } from './auth.mails.ts';
import { issueMailToken, redeemMailToken } from './mail-tokens.ts';
import { notBefore } from './not-before.ts';
import { findUserByEmail, markEmailVerified } from './users.repository.ts';

const PURPOSE = 'email-verification';
const TTL_SECONDS = 24 * 60 * 60;
/** Longer than the few statements take; mail is sent behind the answer. */
const CONCEALED_ANSWER_MS = 100;

/**
 * Proves the address that a link was mailed to. Each link works once.
 * Throws TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function verifyEmail(deps: Deps, token: string): Promise<{ verified: true }> {
  const now = deps.now();
  await deps.db.transaction().execute(async (trx) => {
    const user = await redeemMailToken(trx, PURPOSE, { token, now });
    await markEmailVerified(trx, user.id, now);
  });
  return { verified: true };
}

/**
 * Mails a new link if the address has an account that is not verified yet. Known and unknown addresses
 * get the same answer after the same time.
 */
export async function resendVerification(
  call: CallContext,
  input: { email: string; callbackURL?: string | undefined },
): Promise<{ sent: true }> {
  return notBefore(CONCEALED_ANSWER_MS, async () => {
    const user = await findUserByEmail(call.deps.db, input.email);
    if (user && !user.email_verified && !user.deleted_at) {
      await mailVerificationLink(call.deps, user, input.callbackURL);
    }
    return { sent: true };
  });
}

/** Issues a link and starts sending it; does not wait for the mail server. */
export async function mailVerificationLink(
  deps: Deps,
  user: Pick<User, 'id' | 'email'>,
  callbackURL: string | undefined,
): Promise<void> {
  const token = await issueMailToken(
    deps.db,
    { purpose: PURPOSE, userId: user.id, email: user.email },
    { from: deps.now(), ttlSeconds: TTL_SECONDS },
  );
  const link = new URL('/api/auth/verify-email', deps.config.baseUrl);
  link.searchParams.set('token', token);
  if (callbackURL) link.searchParams.set('callbackURL', callbackURL);
  deps.mailer.send(verificationMail({ to: user.email, link: link.href }));
}
