import { notifyOwner } from '../../../mail/notify-owner.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { withLiveSession } from '../../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { clearSessionCookie } from '../sign-in/session.service.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { deleteUser } from '../users.repository.ts';
import { accountDeletedMail } from './account.mails.ts';

/**
 * Removes the caller and everything that is theirs, for good; only the audit log remembers them. The
 * address can be used to sign up again, and the former owner gets a mail.
 */
export async function deleteAccount(call: SignedInContext): Promise<{ deleted: true }> {
  await withLiveSession(call, async (trx, user) => {
    await deleteTokens(trx, user.id);
    await clearLockout(trx, user.email);
    await call.deps.mailer.forget(trx, user.email);
    await deleteUser(trx, user.id);
    await recordEvent(call, trx, 'ACCOUNT_DELETED', user.id);
    await notifyOwner(call, trx, user.email, accountDeletedMail);
  });
  await clearSessionCookie(call);
  return { deleted: true };
}
