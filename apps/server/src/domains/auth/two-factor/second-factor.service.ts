import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth, TwoFactorAuthUpdate } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely, Transaction } from 'kysely';
import type { Deps } from '../../../deps.ts';
import { notifyOwner } from '../../../mail/notify-owner.ts';
import { recordEvent } from '../../../security-events/record-event.ts';
import { isSecondFactorOn } from '../../../sessions/factors.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { openBackupCodes, sealBackupCodes, useBackupCode } from './backup-codes.ts';
import {
  deleteSecondFactor,
  findSecondFactor,
  markSecondFactor,
  updateSecondFactor,
} from './second-factor.repository.ts';
import { openTotpKey, sealTotpKey } from './stored-totp-key.ts';
import { findTotpStep } from './totp.ts';
import { backupCodeUsedMail } from './two-factor.mails.ts';

/** Whether an account requires a second factor (`isSecondFactorOn`), by what is stored now. */
export async function hasSecondFactor(
  db: Kysely<Database>,
  user: Pick<User, 'id' | 'two_factor_enabled'>,
): Promise<boolean> {
  return isSecondFactorOn(user, await findSecondFactor(db, user.id));
}

/**
 * Removes a user's second factor, wherever it is stored or marked, and ends the sign-ins that wait for it.
 * The caller has locked the user (`lockUser`).
 */
export async function removeSecondFactor(
  trx: Transaction<Database>,
  userId: string,
  now: Date,
): Promise<void> {
  await deleteTokens(trx, userId, ['two-factor']);
  await deleteSecondFactor(trx, userId);
  await markSecondFactor(trx, userId, { isOn: false, now });
}

/**
 * Checks an app's code against a second factor that the caller has locked, and answers what to store. A
 * time step is accepted once, and no earlier one after it (RFC 6238 section 5.2).
 *
 * Throws TWO_FACTOR_FAILED, and INTERNAL if the key can't be opened.
 */
export async function checkTotp(
  { secrets, now }: Pick<Deps, 'secrets' | 'now'>,
  factor: TwoFactorAuth,
  code: string,
): Promise<TwoFactorAuthUpdate> {
  const { key, isCurrent } = await asOurFault(
    factor,
    openTotpKey(secrets, factor.user_id, factor.secret),
  );
  const step = findTotpStep(key, code, now());
  if (step === null || step <= (factor.last_used_step ?? -1))
    throw new AuthError('TWO_FACTOR_FAILED');
  const secret = isCurrent ? factor.secret : sealTotpKey(secrets, factor.user_id, key);
  return { last_used_step: step, secret };
}

/** Like `checkTotp`, for a backup code, which works once. Says how many are left. */
export async function checkBackupCode(
  { secrets }: Pick<Deps, 'secrets'>,
  factor: TwoFactorAuth,
  code: string,
): Promise<{ change: TwoFactorAuthUpdate; codesLeft: number }> {
  const opening = openBackupCodes(secrets, factor.user_id, factor.backup_codes);
  const { codes } = await asOurFault(factor, opening);
  const left = useBackupCode(codes, code);
  if (!left) throw new AuthError('TWO_FACTOR_FAILED');
  const backup_codes = sealBackupCodes(secrets, factor.user_id, left);
  return { change: { backup_codes }, codesLeft: left.length };
}

/** Like `checkTotp` for six digits, and like `checkBackupCode` for any other code; the app's leave none to count. */
export async function checkCode(
  deps: Pick<Deps, 'secrets' | 'now'>,
  factor: TwoFactorAuth,
  code: string,
): Promise<{ change: TwoFactorAuthUpdate; codesLeft: number | null }> {
  if (!/^\d{6}$/.test(code)) return checkBackupCode(deps, factor, code);
  return { change: await checkTotp(deps, factor, code), codesLeft: null };
}

/** Stores what a code has used up. Afterwards both places that record the factor say that it is on. */
export async function storeUsedCode(
  trx: Transaction<Database>,
  used: { user: User; factor: TwoFactorAuth; change: TwoFactorAuthUpdate; now: Date },
): Promise<void> {
  const { user, factor, change, now } = used;
  const enabled_at = factor.enabled_at ?? now;
  await updateSecondFactor(trx, user.id, { ...change, enabled: true, enabled_at });
  if (!user.two_factor_enabled) await markSecondFactor(trx, user.id, { isOn: true, now });
}

/** Tells the audit log and the owner that a backup code was used. */
export async function notifyOfBackupCode(
  call: CallContext,
  trx: Transaction<Database>,
  { user, codesLeft }: { user: User; codesLeft: number },
): Promise<void> {
  await recordEvent(call, trx, 'BACKUP_CODE_USED', user.id, { leftCodes: codesLeft });
  await notifyOwner(call, trx, user.email, (about) => backupCodeUsedMail({ ...about, codesLeft }));
}

/** What we stored and can't read says nothing about the caller. */
async function asOurFault<T>({ user_id }: TwoFactorAuth, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const cause = new Error(`The second factor of user ${user_id} can't be read`, { cause: error });
    throw new AuthError('INTERNAL', { cause });
  }
}
