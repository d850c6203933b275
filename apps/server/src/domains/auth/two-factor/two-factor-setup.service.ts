import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import type { ChangeMail } from '../../../mail/change-mail.ts';
import type { Mail } from '../../../mail/mail.ts';
import { withLiveSession } from '../../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { recordEvent } from '../../../trpc/record-event.ts';
import { describeRequestOrigin } from '../../../trpc/request-origin.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { generateBackupCodes, sealBackupCodes } from './backup-codes.ts';
import { isSecondFactorOn } from './is-second-factor-on.ts';
import { removeSecondFactor } from './remove-second-factor.ts';
import {
  findSecondFactor,
  markSecondFactor,
  savePendingSecret,
  updateSecondFactor,
} from './second-factor.repository.ts';
import { checkTotp } from './second-factor.ts';
import { sealTotpKey } from './stored-totp-key.ts';
import { describeTotp, generateTotpKey, type TotpEnrolment } from './totp.ts';
import {
  backupCodesReplacedMail,
  twoFactorDisabledMail,
  twoFactorEnabledMail,
} from './two-factor.mails.ts';

/**
 * Makes a key for an authenticator app, in place of one that was never confirmed. It protects nothing
 * until `confirmTwoFactor`. Throws VALIDATION where a second factor is on already.
 */
export async function enableTwoFactor(call: SignedInContext): Promise<TotpEnrolment> {
  const { secrets, now } = call.deps;
  const key = generateTotpKey();
  const secret = await sealTotpKey(secrets, key);
  return changeFactor(call, async (trx, { user, isOn }) => {
    if (isOn) throw refuse(ALREADY_ON);
    await savePendingSecret(trx, { userId: user.id, secret, now: now() });
    return describeTotp(key, user.email);
  });
}

/**
 * Turns the second factor on with the app's first code, and answers backup codes, which are shown this
 * once. Of several confirmations at once, one gets them.
 *
 * A wrong code counts like any other guess, and a right one clears nothing: it proves a key that the
 * caller was given a moment ago. Throws TWO_FACTOR_FAILED, VALIDATION and what `withLockout` throws.
 */
export async function confirmTwoFactor(
  call: SignedInContext,
  code: string,
): Promise<{ enabled: true; backupCodes: string[] }> {
  const { secrets, now } = call.deps;
  const { id: userId, email } = call.session.user;
  const backupCodes = generateBackupCodes();
  const backup_codes = await sealBackupCodes(secrets, backupCodes);
  await withLockout(call, { email, userId, method: 'totp' }, () =>
    changeFactor(call, async (trx, { factor, isOn }) => {
      if (isOn) throw refuse(ALREADY_ON);
      if (!factor) throw refuse('Begin by setting up an authenticator app.');
      const change = await checkTotp(call.deps, factor, code);
      const enabled_at = now();
      await updateSecondFactor(trx, userId, { ...change, enabled: true, enabled_at, backup_codes });
      await markSecondFactor(trx, userId, { isOn: true, now: enabled_at });
    }),
  );
  recordEvent(call, 'TWO_FACTOR_ENABLED', userId);
  tellOwner(call, twoFactorEnabledMail);
  return { enabled: true, backupCodes };
}

/** Replaces all backup codes, used or not; the new ones are shown this once. Throws VALIDATION. */
export async function regenerateBackupCodes(
  call: SignedInContext,
): Promise<{ backupCodes: string[] }> {
  const { secrets } = call.deps;
  const { id: userId } = call.session.user;
  const backupCodes = generateBackupCodes();
  const backup_codes = await sealBackupCodes(secrets, backupCodes);
  await changeFactor(call, async (trx, { factor, isOn }) => {
    if (!isOn) throw refuse(OFF);
    if (!factor)
      throw refuse('No authenticator app is kept for you. Turn this off, and set one up.');
    await updateSecondFactor(trx, userId, { backup_codes });
  });
  recordEvent(call, 'BACKUP_CODES_REPLACED', userId);
  tellOwner(call, backupCodesReplacedMail);
  return { backupCodes };
}

/**
 * Turns the second factor off, wherever it is marked as on, and ends sign-ins that wait for it. Throws
 * VALIDATION where it is off.
 */
export async function disableTwoFactor(call: SignedInContext): Promise<{ disabled: true }> {
  const { now } = call.deps;
  const { id: userId } = call.session.user;
  await changeFactor(call, async (trx, { isOn }) => {
    if (!isOn) throw refuse(OFF);
    await removeSecondFactor(trx, userId, now());
  });
  recordEvent(call, 'TWO_FACTOR_DISABLED', userId);
  tellOwner(call, twoFactorDisabledMail);
  return { disabled: true };
}

const ALREADY_ON = 'Two-factor sign-in is on already. Turn it off first to set it up anew.';
const OFF = 'Two-factor sign-in is off.';

interface Factor {
  readonly user: User;
  readonly factor: TwoFactorAuth | undefined;
  readonly isOn: boolean;
}

/** Shows the caller's second factor to `change` as it is now; no other call changes it meanwhile. */
async function changeFactor<T>(
  call: SignedInContext,
  change: (trx: Transaction<Database>, factor: Factor) => Promise<T>,
): Promise<T> {
  return withLiveSession(call, async (trx, user) => {
    const factor = await findSecondFactor(trx, user.id);
    return change(trx, { user, factor, isOn: isSecondFactorOn(user, factor) });
  });
}

function tellOwner(call: SignedInContext, write: (about: ChangeMail) => Mail): void {
  const { config, mailer } = call.deps;
  const { email } = call.session.user;
  mailer.send(
    write({ to: email, baseUrl: config.baseUrl, requestOrigin: describeRequestOrigin(call) }),
  );
}

function refuse(message: string): AuthError {
  return new AuthError('VALIDATION', { message });
}
