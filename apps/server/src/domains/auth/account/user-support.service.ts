import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import { insertSecurityEvent } from '../../../security-events/security-events.repository.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import { clearLockout, isAnythingCounted } from '../lockout/lockouts.repository.ts';
import { isSecondFactorOn } from '../two-factor/is-second-factor-on.ts';
import { removeSecondFactor } from '../two-factor/remove-second-factor.ts';
import { findSecondFactor } from '../two-factor/second-factor.repository.ts';
import { findUserByEmail } from '../users.repository.ts';

// What an operator does for somebody who can't help themselves.

/**
 * Unlocks an address on every device. Answers whether anything was counted against it; if so, `by` goes
 * on the security trail.
 */
export async function unlockUser(
  db: Kysely<Database>,
  email: string,
  by: string,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    if (!(await isAnythingCounted(trx, email))) return false;
    const user = await findUserByEmail(trx, email);
    await clearLockout(trx, email);
    await recordSupport(trx, { type: 'ACCOUNT_UNLOCKED', userId: user?.id ?? null, by });
    return true;
  });
}

/** Lets the password alone sign in again. `by` goes on the security trail with it. */
export async function removeUsersSecondFactor(
  db: Kysely<Database>,
  email: string,
  by: string,
): Promise<'removed' | 'had-none' | 'no-user'> {
  return db.transaction().execute(async (trx) => {
    const found = await findUserByEmail(trx, email);
    const user = found && (await lockUser(trx, found.id));
    if (!user) return 'no-user';
    if (!isSecondFactorOn(user, await findSecondFactor(trx, user.id))) return 'had-none';
    await removeSecondFactor(trx, user.id, new Date());
    await recordSupport(trx, { type: 'TWO_FACTOR_DISABLED', userId: user.id, by });
    return 'removed';
  });
}

/** In the same transaction, so that nothing is done that isn't on the trail. */
async function recordSupport(
  trx: Transaction<Database>,
  { type, userId, by }: { type: string; userId: string | null; by: string },
): Promise<void> {
  const event = { type, userId, address: null, userAgent: null, metadata: { by } };
  await insertSecurityEvent(trx, event);
}
