import type { User } from '@mana/db/schema/users';
import type { Deps } from '../../../deps.ts';
import { checkPassword } from '../../../passwords/password-policy.ts';
import {
  CONCEALED_RESPONSE_MS,
  withMinimumDuration,
} from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { recordEvent } from '../../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../../trpc/request-origin.ts';
import { needsRecoveryCode } from '../../vault/vaults.service.ts';
import { generateDeviceId, readDeviceId, setDeviceCookie } from '../sign-in/known-device.ts';
import { rememberDevice } from '../sign-in/known-devices.repository.ts';
import { createPasswordLink } from '../tokens/mail-links.ts';
import { withMailQuota } from '../tokens/mail-quota.ts';
import { findTokenHolder, issueToken, redeemToken } from '../tokens/single-use-tokens.service.ts';
import { findUserByEmail } from '../users.repository.ts';
import { passwordChangedMail, passwordResetMail } from './password.mails.ts';
import { resetCredentials } from './reset-credentials.ts';

const PURPOSE = 'password-reset';
const TTL_SECONDS = 60 * 60;
/** No id of ours has this form. */
const NOBODY = { id: 'nobody', email_verified: false };

/**
 * Mails a link that sets a new password, if the address has an account. Known and unknown addresses get
 * the same answer after the same time. The link leads to `callbackURL` where that is on a trusted origin.
 */
export async function forgotPassword(
  call: CallContext,
  input: { email: string; callbackURL?: string | undefined },
): Promise<{ sent: true }> {
  return withMinimumDuration(CONCEALED_RESPONSE_MS, async () => {
    const { deps } = call;
    const user = await findUserByEmail(deps.db, input.email);
    // For nobody as well: a fault in there must not tell who has an account.
    const leavesVaultLocked = await willLeaveVaultLocked(deps, user ?? NOBODY);
    if (user && !user.deleted_at) {
      call.setAuditSubject(user.id);
      await mailResetLink(deps, user, { callbackURL: input.callbackURL, leavesVaultLocked });
    }
    return { sent: true };
  });
}

async function mailResetLink(
  deps: Deps,
  { id: userId, email }: User,
  about: { callbackURL: string | undefined; leavesVaultLocked: boolean },
): Promise<void> {
  const { callbackURL, leavesVaultLocked } = about;
  const subject = { purpose: PURPOSE, userId, email } as const;
  const token = await withMailQuota(deps, { kind: PURPOSE, email }, () =>
    issueToken(deps.db, subject, { from: deps.now(), ttlSeconds: TTL_SECONDS }),
  );
  if (token === null) return;
  const link = createPasswordLink(deps.config, { token, callbackURL });
  deps.mailer.send(passwordResetMail({ to: email, link, leavesVaultLocked }));
}

/** The vault of an account whose mailbox was never proven doesn't stay at all (`resetCredentials`). */
async function willLeaveVaultLocked(
  { db }: Pick<Deps, 'db'>,
  { id, email_verified: isProven }: Pick<User, 'id' | 'email_verified'>,
): Promise<boolean> {
  return (await needsRecoveryCode(db, id)) && isProven;
}

/**
 * Sets a new password for who holds a link that was mailed. It proves the mailbox, signs out every
 * device, lifts any lock, and makes the browser a known one. The second factor of a proven account stays:
 * a mailbox is no second factor. So does a vault that only its recovery code opens: `vaultLocked` and the
 * mail say so.
 *
 * Throws WEAK_PASSWORD, which leaves the link as it is, TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function resetPassword(
  call: CallContext,
  { token, newPassword }: { token: string; newPassword: string },
): Promise<{ reset: true; vaultLocked: boolean }> {
  const { config, db, mailer, now, passwordHasher } = call.deps;
  const presented = { token, now: now() };
  const { user: holder } = await findTokenHolder(db, PURPOSE, presented);
  call.setAuditSubject(holder.id);
  const owner = { email: holder.email, name: holder.name, path: 'newPassword' } as const;
  checkPassword(newPassword, { minLength: config.passwordMinLength }, owner);
  // Before the transaction: nobody holds a connection while they wait for a hash.
  const hash = await passwordHasher.hash(newPassword);

  // Before as well: a fault after the change would say that nothing was changed.
  const vaultLocked = await willLeaveVaultLocked({ db }, holder);
  const deviceId = (await readDeviceId(call.request, call.deps)) ?? generateDeviceId();
  const { endedSessions } = await db.transaction().execute(async (trx) => {
    const { user } = await redeemToken(trx, PURPOSE, presented);
    const replaced = await resetCredentials(trx, user, { hash, now: now() });
    // Guesses that go on lock the unknown devices again; this one is the owner's.
    await rememberDevice(trx, { userId: user.id, deviceId, now: now() });
    return replaced;
  });
  await setDeviceCookie(call, deviceId);
  recordEvent(call, 'PASSWORD_CHANGED', holder.id, { by: 'reset' });
  if (endedSessions > 0)
    recordEvent(call, 'SESSION_REVOKED', holder.id, { sessions: endedSessions });
  const requestOrigin = describeRequestOrigin(call);
  const about = { to: holder.email, baseUrl: config.baseUrl, requestOrigin };
  mailer.send(passwordChangedMail({ ...about, leavesVaultLocked: vaultLocked }));
  return { reset: true, vaultLocked };
}
