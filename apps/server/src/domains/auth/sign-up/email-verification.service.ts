import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
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
import {
  deleteTokens,
  generateToken,
  redeemToken,
  storeToken,
} from '../tokens/single-use-tokens.service.ts';
import { findUserByEmail, markEmailVerified, updateUser } from '../users.repository.ts';
import { claimAddressMail, verificationMail } from './sign-up.mails.ts';

const PURPOSE = 'email-verification';
const TTL_SECONDS = 24 * 60 * 60;
/** Stands in for the user of an address that no account waits to prove: no id has this form. */
const NOBODY = { id: 'nobody' };

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
    const isWaiting = user && !user.email_verified && !user.deleted_at;
    const { id } = isWaiting ? user : NOBODY;
    // For nobody as well: neither a fault nor the time must reveal who has an account.
    const hasPassword = (await findStoredPassword(db, id)) !== null;
    if (isWaiting && !hasPassword) await resetUnverifiedAccount(call.deps, user);
    else await mailVerificationLink(call.deps, { id, email: input.email }, callbackURL);
    return { sent: true };
  });
}

/** Stores a link to be mailed; does not wait for the mail server. For `NOBODY` it does the same to no effect. */
export async function mailVerificationLink(
  { config, db, mailer, now }: Deps,
  { id: userId, email }: Pick<User, 'id' | 'email'>,
  callbackURL: string | undefined,
): Promise<void> {
  const token = generateToken();
  const link = createMailboxLink(config, { token, callbackURL });
  const mail = userId === NOBODY.id ? null : verificationMail({ to: email, link });
  await db.transaction().execute(async (trx) => {
    const asked = { kind: 'verification', to: email, mail, ttlSeconds: TTL_SECONDS } as const;
    if (!(await mailer.queue(trx, asked))) return;
    const subject = { purpose: PURPOSE, userId, email } as const;
    await storeToken(trx, token, subject, { from: now(), ttlSeconds: TTL_SECONDS });
  });
}

/** Stores a link that proves nothing, as `mailVerificationLink` stores one. */
export async function storeNobodysToken(
  { now }: Deps,
  trx: Transaction<Database>,
  email: string,
): Promise<void> {
  const subject = { purpose: PURPOSE, userId: NOBODY.id, email } as const;
  await storeToken(trx, generateToken(), subject, { from: now(), ttlSeconds: TTL_SECONDS });
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
  await db.transaction().execute(async (trx) => {
    const current = await lockUser(trx, user.id);
    if (!current || current.email_verified) return;
    const { id: userId, email } = current;
    await deleteTokens(trx, userId, ['email-verification', 'email-change', 'two-factor']);
    await deleteCredentials(trx, userId, 'password');
    await updateUser(trx, userId, { name: nameFrom(email), image: null, updated_at: now() });
    const token = generateToken();
    const mail = claimAddressMail({ to: email, link: createPasswordLink(config, { token }) });
    if (!(await mailer.queue(trx, { kind: 'claim', to: email, mail, ttlSeconds: TTL_SECONDS })))
      return;
    const subject = { purpose: 'password-reset', userId, email } as const;
    await storeToken(trx, token, subject, { from: now(), ttlSeconds: TTL_SECONDS });
  });
}

/** The part before the @. Whoever proves the mailbox can change it. */
function nameFrom(email: string): string {
  return email.slice(0, email.lastIndexOf('@'));
}
