import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import { insertSecurityEvent } from '../../../security-events/security-events.repository.ts';
import { lockUser } from '../../../sessions/lock-user.repository.ts';
import { clearLockout, isAnythingCounted } from '../lockout/lockouts.repository.ts';
import { hasSecondFactor, removeSecondFactor } from '../two-factor/second-factor.service.ts';
import { findUserByEmail } from '../users.repository.ts';

/**
 * Unlocks an address on every device, for somebody who can't help themselves. Answers whether anything was
 * counted against it; if so, the audit log names `by`.
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

/** Lets the password alone sign in again. The audit log names `by`. */
export async function removeUsersSecondFactor(
  db: Kysely<Database>,
  email: string,
  by: string,
): Promise<'removed' | 'had-none' | 'no-user'> {
  return db.transaction().execute(async (trx) => {
    const found = await findUserByEmail(trx, email);
    const user = found && (await lockUser(trx, found.id));
    if (!user) return 'no-user';
    if (!(await hasSecondFactor(trx, user))) return 'had-none';
    await removeSecondFactor(trx, user.id, new Date());
    await recordSupport(trx, { type: 'TWO_FACTOR_DISABLED', userId: user.id, by });
    return 'removed';
  });
}

/** In the same transaction, so that nothing is done without an entry in the audit log. */
async function recordSupport(
  trx: Transaction<Database>,
  { type, userId, by }: { type: string; userId: string | null; by: string },
): Promise<void> {
  const event = { type, userId, address: null, userAgent: null, metadata: { by } };
  await insertSecurityEvent(trx, event);
}
