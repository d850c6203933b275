import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth, TwoFactorAuthUpdate } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely, Transaction } from 'kysely';
import type { Deps } from '../../../deps.ts';
import { isSecondFactorOn } from '../../../sessions/factors.ts';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { openBackupCodes, sealBackupCodes, useBackupCode } from './backup-codes.ts';
import {
  deleteSecondFactor,
  findSecondFactor,
  markSecondFactor,
} from './second-factor.repository.ts';
import { openTotpKey, sealTotpKey } from './stored-totp-key.ts';
import { findTotpStep } from './totp.ts';

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

/** What we stored and can't read says nothing about the caller. */
async function asOurFault<T>({ user_id }: TwoFactorAuth, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const cause = new Error(`The second factor of user ${user_id} can't be read`, { cause: error });
    throw new AuthError('INTERNAL', { cause });
  }
}
