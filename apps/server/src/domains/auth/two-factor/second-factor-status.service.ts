import type { Database } from '@mana/db/schema/database';
import type { User } from '@mana/db/schema/users';
import type { Kysely } from 'kysely';
import { isSecondFactorOn } from './is-second-factor-on.ts';
import { findSecondFactor } from './second-factor.repository.ts';

/** Whether an account wants a second factor (`isSecondFactorOn`), by what is kept of it now. */
export async function hasSecondFactor(
  db: Kysely<Database>,
  user: Pick<User, 'id' | 'two_factor_enabled'>,
): Promise<boolean> {
  return isSecondFactorOn(user, await findSecondFactor(db, user.id));
}
