import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { Database } from '@mana/db/schema/database';
import type { Transaction } from 'kysely';
import { findGeneration } from './vaults.repository.ts';

/**
 * Lets in only what is encrypted with the user's master key of now: with a former one it would soon be
 * lost, for nobody keeps that. Nothing is rotated meanwhile if the user is held (`withLiveSession`). In the
 * user's context.
 *
 * Throws VAULT_NOT_INITIALISED, and VAULT_CONFLICT for another generation.
 */
export async function expectCurrentKey(
  trx: Transaction<Database>,
  userId: string,
  generations: readonly number[],
): Promise<void> {
  const current = await findGeneration(trx, userId);
  if (current === undefined) throw new AuthError('VAULT_NOT_INITIALISED');
  if (generations.every((generation) => generation === current)) return;
  const message = 'Your vault has another key by now. Unlock it again, then repeat your change.';
  throw new AuthError('VAULT_CONFLICT', { message });
}
