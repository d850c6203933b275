import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { TwoFactorAuth, TwoFactorAuthUpdate } from '@mana/db/schema/authentication';
import type { Deps } from '../../../deps.ts';
import { openBackupCodes, sealBackupCodes, useBackupCode } from './backup-codes.ts';
import { openTotpKey, sealTotpKey } from './stored-totp-key.ts';
import { findTotpStep } from './totp.ts';

type Tools = Pick<Deps, 'secrets' | 'now'>;

/**
 * Judges an app's code against a second factor that nobody else changes meanwhile, and answers what to
 * store. A step is taken once, and none before it any more (RFC 6238 section 5.2).
 *
 * Throws TWO_FACTOR_FAILED, and INTERNAL where the key can't be opened.
 */
export async function checkTotp(
  { secrets, now }: Tools,
  factor: TwoFactorAuth,
  code: string,
): Promise<TwoFactorAuthUpdate> {
  const { key, isCurrent } = await asOurFault(factor, openTotpKey(secrets, factor.secret));
  const step = findTotpStep(key, code, now());
  if (step === null || step <= (factor.last_used_step ?? -1))
    throw new AuthError('TWO_FACTOR_FAILED');
  const secret = isCurrent ? factor.secret : await sealTotpKey(secrets, key);
  return { last_used_step: step, secret };
}

/** As `checkTotp`, for a backup code, which is good once. Says how many are left. */
export async function checkBackupCode(
  { secrets }: Tools,
  factor: TwoFactorAuth,
  code: string,
): Promise<{ change: TwoFactorAuthUpdate; leftCodes: number }> {
  const codes = await asOurFault(factor, openBackupCodes(secrets, factor.backup_codes));
  const left = useBackupCode(codes, code);
  if (!left) throw new AuthError('TWO_FACTOR_FAILED');
  const backup_codes = await sealBackupCodes(secrets, left);
  return { change: { backup_codes }, leftCodes: left.length };
}

/** What we stored and can't read says nothing of who is calling. */
async function asOurFault<T>({ user_id }: TwoFactorAuth, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const cause = new Error(`The second factor of user ${user_id} can't be read`, { cause: error });
    throw new AuthError('INTERNAL', { cause });
  }
}
