import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { User } from '@mana/db/schema/users';
import type { Deps } from '../../../deps.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import {
  CONCEALED_RESPONSE_MS,
  withMinimumDuration,
} from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { confirmEmailChange } from '../account/email-change.service.ts';
import { deleteCredentials, findStoredPassword } from '../credentials.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { getCallbackPage } from '../tokens/callback-page.ts';
import { createMailboxLink, createPasswordLink } from '../tokens/mail-links.ts';
import { withMailQuota } from '../tokens/mail-quota.ts';
import { deleteTokens, issueToken, redeemToken } from '../tokens/single-use-tokens.service.ts';
import { findUserByEmail, markEmailVerified, updateUser } from '../users.repository.ts';
import { claimAddressMail, verificationMail } from './sign-up.mails.ts';

const PURPOSE = 'email-verification';
const TTL_SECONDS = 24 * 60 * 60;

/** The response to a link that proved an address. */
export interface VerifiedEmail {
  readonly verified: true;
  /** Whether the link gave a new address to an account that had another one before. */
  readonly emailChanged: boolean;
}

/**
 * Proves the address that a link was mailed to: that of a new account, or the new one of an account that
 * changes it. Each link works once. Throws TOKEN_EXPIRED, TOKEN_INVALID, or EMAIL_ALREADY_REGISTERED for a
 * change to an address that somebody took meanwhile.
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
    // Failed attempts on the address from before it had an account lock nobody out.
    await clearLockout(trx, user.email);
    await markEmailVerified(trx, user.id, now);
  });
}

/**
 * Mails a new link if the address has an account that is not verified yet. Known and unknown addresses get
 * the same response after the same time. Throws VALIDATION for a `callbackURL` that isn't a named page.
 */
export async function resendVerification(
  call: CallContext,
  input: { email: string; callbackURL?: string | undefined },
): Promise<{ sent: true }> {
  const { config, db } = call.deps;
  const callbackURL = getCallbackPage(config, input.callbackURL);
  return withMinimumDuration(CONCEALED_RESPONSE_MS, async () => {
    const user = await findUserByEmail(db, input.email);
    if (user && !user.email_verified && !user.deleted_at) {
      const hasPassword = (await findStoredPassword(db, user.id)) !== null;
      if (hasPassword) await mailVerificationLink(call.deps, user, callbackURL);
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

/**
 * For an address that nobody has proven, and that more than one person may have signed up with (security
 * check S14). Drops the account's password and name, and the link that would prove the mailbox for them; the
 * mailbox gets a link through which its owner chooses a password.
 *
 * Links that set a password stay good: they went to the mailbox, and a stranger must not end them.
 */
export async function resetUnverifiedAccount(
  deps: Deps,
  user: Pick<User, 'id' | 'email'>,
): Promise<void> {
  const { config, db, mailer, now } = deps;
  const token = await db.transaction().execute(async (trx) => {
    const current = await lockUser(trx, user.id);
    if (!current || current.email_verified) return null;
    const { id: userId, email } = current;
    await deleteTokens(trx, userId, ['email-verification', 'email-change', 'two-factor']);
    await deleteCredentials(trx, userId, 'password');
    await updateUser(trx, userId, { name: nameFrom(email), image: null, updated_at: now() });
    const subject = { purpose: 'password-reset', userId, email } as const;
    return withMailQuota(deps, { kind: 'sign-up', email }, () =>
      issueToken(trx, subject, { from: now(), ttlSeconds: TTL_SECONDS }),
    );
  });
  if (token === null) return;
  const link = createPasswordLink(config, { token });
  mailer.send(claimAddressMail({ to: user.email, link }));
}

/** The part before the @. Whoever proves the mailbox can change it. */
function nameFrom(email: string): string {
  return email.slice(0, email.lastIndexOf('@'));
}
