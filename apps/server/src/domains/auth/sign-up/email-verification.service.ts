import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import type { Deps } from '../../../deps.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import {
  CONCEALED_RESPONSE_MS,
  withMinimumDuration,
} from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { confirmEmailChange } from '../account/email-change.service.ts';
import { removeUnprovenAccount } from '../account/unproven-account.ts';
import { findStoredPassword } from '../credentials.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { verifyPassword } from '../sign-in/password-check.service.ts';
import { getCallbackPage } from '../tokens/callback-page.ts';
import { createMailboxLink } from '../tokens/mail-links.ts';
import {
  findTokenHolder,
  generateToken,
  redeemToken,
  storeToken,
} from '../tokens/single-use-tokens.service.ts';
import { findUserByEmail, markEmailVerified } from '../users.repository.ts';
import { resetUnverifiedAccount } from './contested-account.ts';
import { verificationMail } from './sign-up.mails.ts';
import { forgetSignUp, isSignUpBrowser } from './sign-up-browser.ts';

const PURPOSE = 'email-verification';
/** How long a link that confirms a new account works. */
export const VERIFICATION_TTL_SECONDS = 24 * 60 * 60;
/** Stands in for the user of an address that no account waits to prove: no id has this form. */
const NOBODY = { id: 'nobody' };

/** The response to a link that proved an address. */
export interface VerifiedEmail {
  readonly verified: true;
  /** Whether the link gave a new address to an account that had another one before. */
  readonly emailChanged: boolean;
}

/**
 * Proves the address that a link was mailed to, for whoever presses the button of its page: that of a new
 * account, or the new one of an account that changes it. Each link works once.
 *
 * A new account requires its password as well, except in the browser that signed up: a mailbox alone proves
 * nothing about who chose the password. Throws VALIDATION without it, INVALID_CREDENTIALS and what
 * `withLockout` throws; what `confirmEmailChange` throws; TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function verifyEmail(
  call: CallContext,
  { token, password }: { token: string; password?: string | undefined },
): Promise<VerifiedEmail> {
  const holder = await findNewAccount(call, token);
  if (holder) await confirmNewAccount(call, holder, { token, password });
  else await confirmEmailChange(call, token);
  return { verified: true, emailChanged: !holder };
}

async function findNewAccount({ deps }: CallContext, token: string): Promise<User | undefined> {
  try {
    return (await findTokenHolder(deps.db, PURPOSE, { token, now: deps.now() })).user;
  } catch (error) {
    if (error instanceof AuthError && error.code === 'TOKEN_INVALID') return undefined;
    throw error;
  }
}

async function confirmNewAccount(
  call: CallContext,
  { id: userId, email }: User,
  { token, password }: { token: string; password: string | undefined },
): Promise<void> {
  const { db, now } = call.deps;
  call.setAuditSubject(userId);
  const confirm = () =>
    db.transaction().execute(async (trx) => {
      await redeemToken(trx, PURPOSE, { token, now: now() });
      // Failed attempts on the address from before it had an account lock nobody out.
      await clearLockout(trx, email);
      await markEmailVerified(trx, userId, now());
    });
  if (await isSignUpBrowser(call, userId)) await confirm();
  else if (password === undefined) {
    throw new AuthError('VALIDATION', { path: 'password', message: PASSWORD_REQUIRED });
  } else {
    await withLockout(call, { email, userId, method: 'password' }, async () => {
      await verifyPassword(call.deps, await findStoredPassword(db, userId), password);
      await confirm();
    });
  }
  await forgetSignUp(call);
}

const PASSWORD_REQUIRED = 'Enter the password that the account was created with.';

/**
 * Ends a sign-up for the owner of its mailbox, who knows nothing of it: nobody can confirm it any more, and the
 * address is free again. An account in which somebody has left something is kept, unconfirmed.
 *
 * Throws TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function declineSignUp(call: CallContext, token: string): Promise<{ ended: true }> {
  const { db, mailer, now } = call.deps;
  await db.transaction().execute(async (trx) => {
    const { user } = await redeemToken(trx, PURPOSE, { token, now: now() });
    call.setAuditSubject(user.id);
    if (!(await removeUnprovenAccount(trx, user, mailer))) return;
    await recordEvent(call, trx, 'ACCOUNT_DELETED', user.id, { by: 'owner of the mailbox' });
  });
  return { ended: true };
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
  const lifetime = { from: now(), ttlSeconds: VERIFICATION_TTL_SECONDS };
  await db.transaction().execute(async (trx) => {
    const { ttlSeconds } = lifetime;
    if (!(await mailer.queue(trx, { kind: 'verification', to: email, mail, ttlSeconds }))) return;
    await storeToken(trx, token, { purpose: PURPOSE, userId, email }, lifetime);
  });
}

/** Stores a link that proves nothing, as `mailVerificationLink` stores one. */
export async function storeNobodysToken(
  { now }: Deps,
  trx: Transaction<Database>,
  email: string,
): Promise<void> {
  const subject = { purpose: PURPOSE, userId: NOBODY.id, email } as const;
  const lifetime = { from: now(), ttlSeconds: VERIFICATION_TTL_SECONDS };
  await storeToken(trx, generateToken(), subject, lifetime);
}
