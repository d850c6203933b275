import { checkPassword } from '../../../passwords/password-policy.ts';
import { deleteUserSessions } from '../../../sessions/user-sessions.repository.ts';
import { withLiveSession } from '../../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { recordEvent } from '../../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../../trpc/request-origin.ts';
import { setPassword } from '../credentials.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import type { GuardedAttempt } from '../lockout/with-lockout.ts';
import { checkCurrentPassword } from '../sign-in/password-check.service.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { passwordChangedMail } from './password.mails.ts';

interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly revokeOtherSessions: boolean;
}

/**
 * Sets a new password for who knows the current one. Every token of the account ends with it, and its
 * other sessions if wanted; the owner gets a mail.
 *
 * Throws WEAK_PASSWORD, INVALID_CREDENTIALS (a guess like any other) and what `withLockout` throws.
 */
export async function changePassword(
  call: SignedInContext,
  change: PasswordChange,
): Promise<{ changed: true }> {
  const { config, mailer, passwordHasher } = call.deps;
  const { user } = call.session;
  const owner = { email: user.email, name: user.name, path: 'newPassword' } as const;
  checkPassword(change.newPassword, { minLength: config.passwordMinLength }, owner);

  const revoked = await checkCurrentPassword(call, change.currentPassword, async (reservation) => {
    // Before the transaction: nobody holds a connection while they wait for a hash.
    const hash = await passwordHasher.hash(change.newPassword);
    return storePassword(call, hash, { reservation, ...change });
  });
  recordEvent(call, 'PASSWORD_CHANGED', user.id, { by: 'change' });
  if (revoked > 0) recordEvent(call, 'SESSION_REVOKED', user.id, { sessions: revoked });
  const requestOrigin = describeRequestOrigin(call);
  mailer.send(passwordChangedMail({ to: user.email, baseUrl: config.baseUrl, requestOrigin }));
  return { changed: true };
}

/** The change and the guess that allowed it, both or neither. Answers how many sessions it ended. */
async function storePassword(
  call: SignedInContext,
  hash: string,
  options: { reservation: GuardedAttempt; revokeOtherSessions: boolean },
): Promise<number> {
  const now = call.deps.now();
  return withLiveSession(call, async (trx, { id, email }) => {
    await deleteTokens(trx, id);
    await options.reservation.succeed(trx);
    // Guesses under way have seen the old password: none of them may still come out right.
    await clearLockout(trx, email);
    await setPassword(trx, id, { hash, now });
    if (!options.revokeOtherSessions) return 0;
    return deleteUserSessions(trx, id, { now, except: call.session.id });
  });
}
