import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { deleteTokens } from '../tokens/single-use-tokens.service.ts';
import { deleteSecondFactor, markSecondFactor } from './second-factor.repository.ts';

/**
 * Takes a user's second factor away, wherever it is kept or marked, and ends the sign-ins that wait for
 * it. The caller holds the user (`lockUser`).
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
