import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Transaction } from 'kysely';
import { notifyOwner } from '../../../mail/notify-owner.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { addCode, isSecondFactorOn } from '../../../sessions/factors.ts';
import { withReplacedSession } from '../../../sessions/replace-session.ts';
import { deleteUserSessions } from '../../../sessions/sessions.repository.ts';
import { withLiveSession } from '../../../sessions/with-live-session.ts';
import type { SignedInContext } from '../../../trpc/context.ts';
import { withLockout } from '../lockout/with-lockout.ts';
import { generateBackupCodes, sealBackupCodes } from './backup-codes.ts';
import {
  findSecondFactor,
  markSecondFactor,
  savePendingSecret,
  updateSecondFactor,
} from './second-factor.repository.ts';
import { checkTotp, hasSecondFactor, removeSecondFactor } from './second-factor.service.ts';
import { sealTotpKey } from './stored-totp-key.ts';
import { describeTotp, generateTotpKey, type TotpEnrolment } from './totp.ts';
import {
  backupCodesReplacedMail,
  twoFactorDisabledMail,
  twoFactorEnabledMail,
} from './two-factor.mails.ts';

/**
 * Makes a key for an authenticator app, in place of one that was never confirmed. It protects nothing until
 * `confirmTwoFactor`, by the same session. Throws VALIDATION if a second factor is already on.
 */
export async function enableTwoFactor(call: SignedInContext): Promise<TotpEnrolment> {
  const { secrets, now } = call.deps;
  const key = generateTotpKey();
  const secret = sealTotpKey(secrets, call.session.user.id, key);
  return withLiveSession(call, async (trx, user) => {
    if (await hasSecondFactor(trx, user)) throw refuse(ALREADY_ON);
    await savePendingSecret(trx, { session: call.session, secret, now: now() });
    return describeTotp(key, user.email);
  });
}

/**
 * Turns the second factor on with the app's first code, and answers backup codes, which are shown only this
 * once. The other sessions, which have proven less, end. Of several simultaneous confirmations, one gets them.
 *
 * A wrong code counts like any other failed attempt, and a right one clears nothing: it proves a key that
 * the caller was given a moment ago. Throws TWO_FACTOR_FAILED, VALIDATION and what `withLockout` throws.
 */
export async function confirmTwoFactor(
  call: SignedInContext,
  code: string,
): Promise<{ enabled: true; backupCodes: string[] }> {
  const { secrets, now } = call.deps;
  const { id: userId, email } = call.session.user;
  const backupCodes = generateBackupCodes();
  const backup_codes = sealBackupCodes(secrets, userId, backupCodes);
  await withLockout(call, { email, userId, method: 'totp' }, () =>
    changeFactor(call, addCode(call.session.amr ?? []), async (trx, { factor, isOn }) => {
      if (isOn) throw refuse(ALREADY_ON);
      if (factor?.session_family_id !== call.session.familyId) throw refuse(NOTHING_SET_UP);
      const change = await checkTotp(call.deps, factor, code);
      const enabled_at = now();
      const enabled = { enabled: true, enabled_at, backup_codes, session_family_id: null };
      await updateSecondFactor(trx, userId, { ...change, ...enabled });
      await markSecondFactor(trx, userId, { isOn: true, now: enabled_at });
      await recordEvent(call, trx, 'TWO_FACTOR_ENABLED', userId);
      await notifyOwner(call, trx, email, twoFactorEnabledMail);
      const ended = { now: enabled_at, except: call.session };
      const sessions = await deleteUserSessions(trx, userId, ended);
      if (sessions > 0) await recordEvent(call, trx, 'SESSION_REVOKED', userId, { sessions });
    }),
  );
  return { enabled: true, backupCodes };
}

/** Replaces all backup codes, used or not; the new ones are shown only this once. Throws VALIDATION. */
export async function regenerateBackupCodes(
  call: SignedInContext,
): Promise<{ backupCodes: string[] }> {
  const { secrets } = call.deps;
  const { id: userId, email } = call.session.user;
  const backupCodes = generateBackupCodes();
  const backup_codes = sealBackupCodes(secrets, userId, backupCodes);
  await changeFactor(call, undefined, async (trx, { factor, isOn }) => {
    if (!isOn) throw refuse(OFF);
    if (!factor)
      throw refuse('No authenticator app is stored for you. Turn this off, then set one up.');
    await updateSecondFactor(trx, userId, { backup_codes });
    await recordEvent(call, trx, 'BACKUP_CODES_REPLACED', userId);
    await notifyOwner(call, trx, email, backupCodesReplacedMail);
  });
  return { backupCodes };
}

/**
 * Turns the second factor off, wherever it is marked as on, and ends sign-ins that wait for it. A fresh
 * session has proven it. Throws VALIDATION if it is off.
 */
export async function disableTwoFactor(call: SignedInContext): Promise<{ disabled: true }> {
  const { now } = call.deps;
  const { id: userId, email } = call.session.user;
  await changeFactor(call, undefined, async (trx, { isOn }) => {
    if (!isOn) throw refuse(OFF);
    await removeSecondFactor(trx, userId, now());
    await recordEvent(call, trx, 'TWO_FACTOR_DISABLED', userId);
    await notifyOwner(call, trx, email, twoFactorDisabledMail);
  });
  return { disabled: true };
}

const NOTHING_SET_UP = 'Set up an authenticator app first.';
const ALREADY_ON = 'Two-factor sign-in is already on. To set it up again, turn it off first.';
const OFF = 'Two-factor sign-in is off.';

interface CurrentFactor {
  readonly factor: TwoFactorAuth | undefined;
  readonly isOn: boolean;
}

/**
 * Passes the caller's second factor to `change` as it is now, and gives the session a new token. No other
 * call changes the factor meanwhile. `amr` is what has been proven by then, if that is more than before.
 */
async function changeFactor<T>(
  call: SignedInContext,
  amr: readonly string[] | undefined,
  change: (trx: Transaction<Database>, current: CurrentFactor) => Promise<T>,
): Promise<T> {
  const work = async (trx: Transaction<Database>, user: User) => {
    const factor = await findSecondFactor(trx, user.id);
    return change(trx, { factor, isOn: isSecondFactorOn(user, factor) });
  };
  return withReplacedSession(call, work, amr && { amr });
}

function refuse(message: string): AuthError {
  return new AuthError('VALIDATION', { message });
}
