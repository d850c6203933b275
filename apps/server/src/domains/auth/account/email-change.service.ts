import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { notifyOwner } from '../../../mail/notify-owner.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { findSession } from '../../../sessions/get-session.ts';
import { withLiveSession } from '../../../sessions/with-live-session.ts';
import {
  CONCEALED_RESPONSE_MS,
  withMinimumDuration,
} from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext, SignedInContext } from '../../../trpc/context.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { getCallbackPage } from '../tokens/callback-page.ts';
import { createMailboxLink, createUndoLink } from '../tokens/mail-links.ts';
import {
  deleteTokens,
  findTokenHolder,
  generateToken,
  issueToken,
  redeemToken,
  storeToken,
} from '../tokens/single-use-tokens.service.ts';
import { changeUserEmail, findUserByEmail, releaseDeletedAddress } from '../users.repository.ts';
import {
  emailChangedMail,
  emailChangeMail,
  emailChangeRequestedMail,
  emailChangeTakenMail,
} from './account.mails.ts';

const PURPOSE = 'email-change';
const TTL_SECONDS = 60 * 60;
/** By then another mail may go to the address. */
const QUOTA_SECONDS = 60 * 60;
/** How long the former address can take a change back. */
const UNDO_TTL_SECONDS = 7 * 24 * 60 * 60;

interface EmailChange {
  readonly newEmail: string;
  readonly callbackURL?: string | undefined;
}

/**
 * Mails a link to the new address; the account keeps the old one until it is opened (security check S15).
 * The old address gets a notice. The link ends with the caller's session, and a link from an earlier request
 * no longer works.
 *
 * Throws VALIDATION for a `callbackURL` that isn't a named page, RATE_LIMITED for an address that has had as many
 * such mails as it gets, and EMAIL_ALREADY_REGISTERED, unless accounts are concealed: then a taken address gets
 * the same response as a free one, in the same time, and its owner gets a mail.
 */
export async function changeEmail(
  call: SignedInContext,
  input: EmailChange,
): Promise<{ sent: true }> {
  const { config, db } = call.deps;
  const callbackURL = getCallbackPage(config, input.callbackURL);
  if (input.newEmail === call.session.user.email) {
    const message = 'This is already the address of your account.';
    throw new AuthError('VALIDATION', { message, path: 'newEmail' });
  }
  const request = async () => {
    const holder = await findUserByEmail(db, input.newEmail);
    const isFree = holder?.deleted_at && config.reuseDeletedAddresses;
    const isTaken = holder !== undefined && !isFree;
    if (isTaken && !config.concealAccounts) throw new AuthError('EMAIL_ALREADY_REGISTERED');
    await mailLinkAndNotice(call, { newEmail: input.newEmail, callbackURL }, isTaken);
    return { sent: true } as const;
  };
  return config.concealAccounts ? withMinimumDuration(CONCEALED_RESPONSE_MS, request) : request();
}

/** A request that leads to no mail changes nothing: an earlier link stays good. */
async function mailLinkAndNotice(
  call: SignedInContext,
  { newEmail, callbackURL }: EmailChange,
  isTaken: boolean,
): Promise<void> {
  const { config, mailer, now } = call.deps;
  const token = generateToken();
  const mail = isTaken
    ? emailChangeTakenMail({ to: newEmail, baseUrl: config.baseUrl })
    : emailChangeMail({ to: newEmail, link: createMailboxLink(config, { token, callbackURL }) });
  await withLiveSession(call, async (trx, { id: userId, email }) => {
    const asked = { kind: 'email-change', to: newEmail, cause: userId } as const;
    if (!(await mailer.queue(trx, { ...asked, mail, ttlSeconds: TTL_SECONDS }))) {
      throw new AuthError('RATE_LIMITED', { retryAfterSec: QUOTA_SECONDS });
    }
    await deleteTokens(trx, userId, [PURPOSE]);
    const { session } = call;
    const subject = { purpose: PURPOSE, userId, email, newEmail, session } as const;
    await storeToken(trx, token, subject, { from: now(), ttlSeconds: TTL_SECONDS });
    await notifyOwner(call, trx, email, (about) =>
      emailChangeRequestedMail({ ...about, newEmail }),
    );
  });
}

/**
 * Gives an account the address that the link was mailed to: that account alone, once, and only for somebody
 * who is signed in to it. All its other tokens end, and so do the locks on either address. The former address
 * gets a link that undoes the change for seven days.
 *
 * Throws TOKEN_EXPIRED, TOKEN_INVALID, UNAUTHORIZED without a session, FORBIDDEN with that of another account,
 * or EMAIL_ALREADY_REGISTERED if somebody took the address meanwhile.
 */
export async function confirmEmailChange(call: CallContext, token: string): Promise<void> {
  const { config, db, now } = call.deps;
  const { user: holder } = await findTokenHolder(db, PURPOSE, { token, now: now() });
  call.setAuditSubject(holder.id);
  const session = await findSession(call);
  if (!session) throw new AuthError('UNAUTHORIZED');
  if (session.user.id !== holder.id) throw new AuthError('FORBIDDEN', { message: OTHER_ACCOUNT });

  await withLiveSession({ ...call, session }, async (trx) => {
    const { user, newEmail } = await redeemToken(trx, PURPOSE, { token, now: now() });
    if (newEmail === undefined) throw new AuthError('TOKEN_INVALID');
    await deleteTokens(trx, user.id);
    for (const email of [user.email, newEmail]) await clearLockout(trx, email);
    if (config.reuseDeletedAddresses) await releaseDeletedAddress(trx, newEmail);
    await changeUserEmail(trx, user.id, { email: newEmail, now: now() });
    const subject = { purpose: 'email-change-undo', userId: user.id, email: user.email } as const;
    const undo = await issueToken(trx, subject, { from: now(), ttlSeconds: UNDO_TTL_SECONDS });
    const link = createUndoLink(config, undo);
    await recordEvent(call, trx, 'EMAIL_CHANGED', user.id);
    await notifyOwner(call, trx, user.email, (about) =>
      emailChangedMail({ ...about, newEmail, link }),
    );
  });
}

const OTHER_ACCOUNT = 'This link is for another account. Sign in to that one.';
