import type { Database } from '@mana/db/database';
import type { Kysely } from 'kysely';
import { insertSecurityEvent } from '../../security-events/security-events.repository.ts';
import { clearLockout, readLockout } from './lockout/lockouts.repository.ts';
import { isSecondFactorOn } from './two-factor/is-second-factor-on.ts';
import { removeSecondFactor } from './two-factor/remove-second-factor.ts';
import { findSecondFactor } from './two-factor/second-factor.repository.ts';
import { findUserByEmail, lockUser } from './users.repository.ts';

// What an operator does for somebody who can't help themselves.

/** Unlocks an address on every device. Answers whether anything was counted against it. */
export async function unlockUser(db: Kysely<Database>, email: string): Promise<boolean> {
  const { lockout } = await readLockout(db, email);
  const hasFailures = lockout !== null && Object.keys(lockout.buckets).length > 0;
  if (!hasFailures && !lockout?.consecutiveFailures) return false;
  await clearLockout(db, email);
  return true;
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
    await insertSecurityEvent(trx, {
      type: 'TWO_FACTOR_DISABLED',
      userId: user.id,
      address: null,
      userAgent: null,
      metadata: { by },
    });
    return 'removed';
  });
}
