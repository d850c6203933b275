import { notifyOwner } from '../../../mail/notify-owner.ts';
import { checkPassword } from '../../../passwords/password-policy.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { withReplacedSession } from '../../../sessions/replace-session.ts';
import { deleteUserSessions } from '../../../sessions/sessions.repository.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { setPassword } from '../credentials.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import type { GuardedAttempt } from '../lockout/with-lockout.ts';
import { checkCurrentPassword } from '../sign-in/password-check.service.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { deletePendingSecret } from '../two-factor/second-factor.repository.ts';
import { passwordChangedMail } from './account.mails.ts';

interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly revokeOtherSessions: boolean;
}

/**
 * Sets a new password for a caller who knows the current one. Every token and pending change of the account ends with it, and
 * its other sessions if asked for; the session gets a new token, and the owner a mail.
 *
 * Throws WEAK_PASSWORD, INVALID_CREDENTIALS (an attempt like any other) and what `withLockout` throws.
 */
export async function changePassword(
  call: SignedInContext,
  change: PasswordChange,
): Promise<{ changed: true }> {
  const { config, passwordHasher } = call.deps;
  const { user } = call.session;
  const owner = { email: user.email, name: user.name, path: 'newPassword' } as const;
  checkPassword(change.newPassword, { minLength: config.passwordMinLength }, owner);

  await checkCurrentPassword(call, change.currentPassword, async (attempt) => {
    // Before the transaction: nobody holds a connection while they wait for a hash.
    const hash = await passwordHasher.hash(change.newPassword);
    return storePassword(call, hash, { attempt, ...change });
  });
  return { changed: true };
}

/** The change, the attempt that allowed it, and what the audit log and the owner are told: all or nothing. */
async function storePassword(
  call: SignedInContext,
  hash: string,
  options: { attempt: GuardedAttempt; revokeOtherSessions: boolean },
): Promise<void> {
  const now = call.deps.now();
  return withReplacedSession(call, async (trx, { id, email }) => {
    await deleteTokens(trx, id);
    await deletePendingSecret(trx, id);
    await options.attempt.succeed(trx);
    // Attempts in progress have seen the old password: none of them may still succeed.
    await clearLockout(trx, email);
    await setPassword(trx, id, { hash, now });
    await recordEvent(call, trx, 'PASSWORD_CHANGED', id, { by: 'change' });
    await notifyOwner(call, trx, email, passwordChangedMail);
    if (!options.revokeOtherSessions) return;
    const sessions = await deleteUserSessions(trx, id, { now, except: call.session });
    if (sessions > 0) await recordEvent(call, trx, 'SESSION_REVOKED', id, { sessions });
  });
}
