import type { TwoFactorAuth, TwoFactorAuthUpdate } from '@mana/db/schema/authentication';
import type { Database } from '@mana/db/schema/database';
import type { Kysely, Transaction } from 'kysely';
import type { SessionWithUser } from '../../../sessions/sessions.repository.ts';

/** What is stored of a user's second factor, also while it waits for its first code. */
export async function findSecondFactor(
  db: Kysely<Database>,
  userId: string,
): Promise<TwoFactorAuth | undefined> {
  return db
    .selectFrom('auth.two_factor_auth')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirst();
}

/** Stores a secret that waits for its first code in the session that asked, in place of whatever was stored. */
export async function savePendingSecret(
  trx: Transaction<Database>,
  { session, secret, now }: { session: SessionWithUser; secret: string; now: Date },
): Promise<void> {
  const pending = {
    secret,
    enabled: false,
    backup_codes: null,
    created_at: now,
    enabled_at: null,
    last_used_step: null,
    session_family_id: session.familyId,
  };
  await trx
    .insertInto('auth.two_factor_auth')
    .values({ user_id: session.user.id, ...pending })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(pending))
    .execute();
}

/** Deletes a secret that waits for its first code. */
export async function deletePendingSecret(
  trx: Transaction<Database>,
  userId: string,
): Promise<void> {
  await trx
    .deleteFrom('auth.two_factor_auth')
    .where('user_id', '=', userId)
    .where('session_family_id', 'is not', null)
    .execute();
}

/** Changes what is stored of a user's second factor. */
export async function updateSecondFactor(
  trx: Transaction<Database>,
  userId: string,
  change: TwoFactorAuthUpdate,
): Promise<void> {
  await trx.updateTable('auth.two_factor_auth').set(change).where('user_id', '=', userId).execute();
}

/** Deletes what is stored of a user's second factor; the mark on the user stays. */
export async function deleteSecondFactor(
  trx: Transaction<Database>,
  userId: string,
): Promise<void> {
  await trx.deleteFrom('auth.two_factor_auth').where('user_id', '=', userId).execute();
}

/** Marks on the user whether they have a second factor. */
export async function markSecondFactor(
  trx: Transaction<Database>,
  userId: string,
  { isOn, now }: { isOn: boolean; now: Date },
): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({ two_factor_enabled: isOn, updated_at: now })
    .where('id', '=', userId)
    .execute();
}
