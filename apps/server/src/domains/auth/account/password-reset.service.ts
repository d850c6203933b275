import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import type { Deps } from '../../../deps.ts';
import { notifyOwner } from '../../../mail/notify-owner.ts';
import { checkPassword } from '../../../passwords/password-policy.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { deleteUserSessions } from '../../../sessions/sessions.repository.ts';
import {
  CONCEALED_RESPONSE_MS,
  withMinimumDuration,
} from '../../../timing-equalisation/minimum-duration.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { forgetVault, needsRecoveryCode } from '../../vault/vaults.service.ts';
import { deleteCredentials, setPassword } from '../credentials.repository.ts';
import { createDeviceId, findKnownDevice, setDeviceCookie } from '../known-device.service.ts';
import { forgetDevices, rememberDevice } from '../known-devices.repository.ts';
import { clearLockout } from '../lockout/lockouts.repository.ts';
import { getCallbackPage } from '../tokens/callback-page.ts';
import { createPasswordLink } from '../tokens/mail-links.ts';
import {
  deleteTokens,
  findTokenHolder,
  generateToken,
  redeemToken,
  storeToken,
} from '../tokens/single-use-tokens.service.ts';
import { deletePendingSecret } from '../two-factor/second-factor.repository.ts';
import { findUserByEmail, markEmailVerified } from '../users.repository.ts';
import { passwordChangedMail, passwordResetMail } from './account.mails.ts';

const PURPOSE = 'password-reset';
/** How long a link that sets a password works. */
export const RESET_TTL_SECONDS = 60 * 60;
/** Stands in for the user of an unknown address: no id has this form. */
const NOBODY = { id: 'nobody', email: '', email_verified: false };

/**
 * Mails a link that sets a new password, if the address has an account. Known and unknown addresses get
 * the same response after the same time. Throws VALIDATION for a `callbackURL` that isn't a named page.
 */
export async function forgotPassword(
  call: CallContext,
  input: { email: string; callbackURL?: string | undefined },
): Promise<{ sent: true }> {
  const { deps } = call;
  const callbackURL = getCallbackPage(deps.config, input.callbackURL);
  return withMinimumDuration(CONCEALED_RESPONSE_MS, async () => {
    const user = await findUserByEmail(deps.db, input.email);
    // All of it for nobody as well: neither a fault nor the time must reveal who has an account.
    const holder = user && !user.deleted_at ? user : null;
    const leavesVaultLocked = await willLeaveVaultLocked(deps, holder ?? NOBODY);
    if (holder) call.setAuditSubject(holder.id);
    const isOwn = (await findKnownDevice(call, holder?.id ?? NOBODY.id)) !== null;
    const about = { callbackURL, leavesVaultLocked, isOwn };
    await mailResetLink(deps, holder ?? { ...NOBODY, email: input.email }, about);
    return { sent: true };
  });
}

async function mailResetLink(
  { config, db, mailer, now }: Deps,
  { id: userId, email }: Pick<User, 'id' | 'email'>,
  about: { callbackURL: string | undefined; leavesVaultLocked: boolean; isOwn: boolean },
): Promise<void> {
  const { callbackURL, leavesVaultLocked, isOwn } = about;
  const kind = isOwn ? 'own-password-reset' : 'password-reset';
  const token = generateToken();
  const link = createPasswordLink(config, { token, callbackURL });
  const written = passwordResetMail({ to: email, link, leavesVaultLocked });
  const mail = userId === NOBODY.id ? null : written;
  await db.transaction().execute(async (trx) => {
    const reset = { kind, to: email, mail, ttlSeconds: RESET_TTL_SECONDS } as const;
    if (!(await mailer.queue(trx, reset))) return;
    const subject = { purpose: PURPOSE, userId, email } as const;
    await storeToken(trx, token, subject, { from: now(), ttlSeconds: RESET_TTL_SECONDS });
  });
}

/** The vault of an account whose mailbox was never proven isn't kept at all (`resetCredentials`). */
async function willLeaveVaultLocked(
  { db }: Pick<Deps, 'db'>,
  { id, email_verified: isProven }: Pick<User, 'id' | 'email_verified'>,
): Promise<boolean> {
  return (await needsRecoveryCode(db, id)) && isProven;
}

/**
 * Sets a new password for whoever has a link that was mailed. It proves the mailbox, signs out every device,
 * lifts any lock, and makes the browser a known one. The second factor of a proven account stays: a mailbox
 * is no second factor. So does a vault that only its recovery code opens; `vaultLocked` and the mail say so.
 *
 * Throws WEAK_PASSWORD, which leaves the link good, TOKEN_EXPIRED or TOKEN_INVALID.
 */
export async function resetPassword(
  call: CallContext,
  { token, newPassword }: { token: string; newPassword: string },
): Promise<{ reset: true; vaultLocked: boolean }> {
  const { config, db, now, passwordHasher } = call.deps;
  const presented = { token, now: now() };
  const { user: holder } = await findTokenHolder(db, PURPOSE, presented);
  call.setAuditSubject(holder.id);
  const owner = { email: holder.email, name: holder.name, path: 'newPassword' } as const;
  checkPassword(newPassword, { minLength: config.passwordMinLength }, owner);
  // Before the transaction: nobody holds a connection while they wait for a hash.
  const hash = await passwordHasher.hash(newPassword);

  // Also before: a fault after the change would say that nothing was changed.
  const vaultLocked = await willLeaveVaultLocked({ db }, holder);
  const deviceId = createDeviceId();
  await db.transaction().execute(async (trx) => {
    const { user } = await redeemToken(trx, PURPOSE, presented);
    const { endedSessions: sessions } = await resetCredentials(trx, user, { hash, now: now() });
    // Further attempts by others lock the unknown devices again; this device is the owner's.
    await rememberDevice(trx, { userId: user.id, deviceId, now: now() });
    await recordEvent(call, trx, 'PASSWORD_CHANGED', user.id, { by: 'reset' });
    if (sessions > 0) await recordEvent(call, trx, 'SESSION_REVOKED', user.id, { sessions });
    await notifyOwner(call, trx, user.email, (about) =>
      passwordChangedMail({ ...about, leavesVaultLocked: vaultLocked }),
    );
  });
  await setDeviceCookie(call, deviceId);
  return { reset: true, vaultLocked };
}

/**
 * Leaves a new password as the only way in to an account whose mailbox was just proven: every session,
 * token, known device and lock ends. The caller has locked the user (`lockUser`).
 *
 * If the mailbox was never proven before, everything goes that may have been set by somebody who signed up
 * with another person's address: other ways in, the second factor, passkeys and the vault (security check
 * S14).
 */
export async function resetCredentials(
  trx: Transaction<Database>,
  user: User,
  { hash, now }: { hash: string; now: Date },
): Promise<{ endedSessions: number }> {
  await deleteTokens(trx, user.id);
  await deletePendingSecret(trx, user.id);
  await clearLockout(trx, user.email);
  const endedSessions = await deleteUserSessions(trx, user.id, { now });
  await forgetDevices(trx, user.id);
  if (!user.email_verified) await removeUnprovenCredentials(trx, user.id);
  await setPassword(trx, user.id, { hash, now });
  await markEmailVerified(trx, user.id, now);
  return { endedSessions };
}

async function removeUnprovenCredentials(
  trx: Transaction<Database>,
  userId: string,
): Promise<void> {
  await deleteCredentials(trx, userId, 'all');
  await forgetVault(trx, userId);
  for (const table of ['auth.two_factor_auth', 'auth.passkeys'] as const) {
    await trx.deleteFrom(table).where('user_id', '=', userId).execute();
  }
  await trx
    .updateTable('auth.users')
    .set({ two_factor_enabled: false })
    .where('id', '=', userId)
    .execute();
}
