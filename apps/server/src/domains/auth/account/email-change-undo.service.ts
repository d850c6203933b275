import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { notifyOwner } from '../../../mail/notify-owner.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import { deleteUserSessions } from '../../../sessions/sessions.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { deleteCredentials } from '../credentials.repository.ts';
import { forgetDevices } from '../known-devices.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { deleteTokens, issueToken, redeemToken } from '../tokens/single-use-tokens.service.ts';
import { changeUserEmail, findUserByEmail, releaseDeletedAddress } from '../users.repository.ts';
import { emailChangeUndoneMail } from './account.mails.ts';
import { RESET_TTL_SECONDS } from './password-reset.service.ts';
import { removeUnprovenAccount } from './unproven-account.ts';

/**
 * Gives an account the address back that the link was mailed to, for whoever presses the button of its page,
 * and answers a token that sets a password. Whoever made the change keeps nothing: every session, known device
 * and pending change ends, the password is gone, and so are the passkeys that were added since, and the links
 * that would undo this or a later change. The second factor stays: the mailbox alone must not replace it.
 *
 * Throws TOKEN_EXPIRED, TOKEN_INVALID, or EMAIL_ALREADY_REGISTERED if another account has proven the address.
 */
export async function undoEmailChange(
  call: CallContext,
  token: string,
): Promise<{ undone: true; resetToken: string }> {
  const { db, now } = call.deps;
  const at = now();
  return db.transaction().execute(async (trx) => {
    const redeemed = await redeemToken(trx, 'email-change-undo', { token, now: at });
    const { user, email, issuedAt } = redeemed;
    call.setAuditSubject(user.id);
    await freeAddress(call, trx, { email, ownerId: user.id });
    await deleteTokens(trx, user.id);
    for (const one of [user.email, email]) await clearLockout(trx, one);
    await changeUserEmail(trx, user.id, { email, now: at });
    await deleteCredentials(trx, user.id, 'password');
    await deletePasskeysSince(trx, user.id, issuedAt);
    await forgetDevices(trx, user.id);
    const sessions = await deleteUserSessions(trx, user.id, { now: at });
    await recordEvent(call, trx, 'EMAIL_CHANGED', user.id, { by: 'undo' });
    if (sessions > 0) await recordEvent(call, trx, 'SESSION_REVOKED', user.id, { sessions });
    if (user.email !== email) {
      await notifyOwner(call, trx, user.email, (about) =>
        emailChangeUndoneMail({ ...about, email }),
      );
    }
    const subject = { purpose: 'password-reset', userId: user.id, email } as const;
    const lifetime = { from: at, ttlSeconds: RESET_TTL_SECONDS };
    return { undone: true, resetToken: await issueToken(trx, subject, lifetime) };
  });
}

/** A sign-up with the address since the change, which nobody has confirmed, keeps it from nobody. */
async function freeAddress(
  { deps }: CallContext,
  trx: Transaction<Database>,
  { email, ownerId }: { email: string; ownerId: string },
): Promise<void> {
  if (deps.config.reuseDeletedAddresses) await releaseDeletedAddress(trx, email);
  const holder = await findUserByEmail(trx, email);
  if (!holder || holder.id === ownerId) return;
  const locked = await lockUser(trx, holder.id);
  if (!locked || !(await removeUnprovenAccount(trx, locked, deps.mailer))) {
    throw new AuthError('EMAIL_ALREADY_REGISTERED');
  }
}

async function deletePasskeysSince(
  trx: Transaction<Database>,
  userId: string,
  since: Date,
): Promise<void> {
  await trx
    .deleteFrom('auth.passkeys')
    .where('user_id', '=', userId)
    .where('created_at', '>=', since)
    .execute();
}
