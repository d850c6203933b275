import type { Database } from '@mana/db/database';
import type {
  EncryptionVault,
  EncryptionVaultUpdate,
  NewEncryptionVault,
} from '@mana/db/tables/encryption-vaults';
import { asUser } from '@mana/db/user-context';
import { type Kysely, sql, type Transaction } from 'kysely';

/** A user's vault, or undefined where there is none. */
export async function findVault(
  db: Kysely<Database>,
  userId: string,
): Promise<EncryptionVault | undefined> {
  return asUser(db, userId, (trx) =>
    trx
      .selectFrom('auth.encryption_vaults')
      .selectAll()
      .where('user_id', '=', userId)
      .executeTakeFirst(),
  );
}

/** Adds a vault. Undefined, and nothing changed, where the user has one. In the user's context. */
export async function insertVault(
  trx: Transaction<Database>,
  vault: NewEncryptionVault,
): Promise<EncryptionVault | undefined> {
  return trx
    .insertInto('auth.encryption_vaults')
    .values(vault)
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/**
 * Changes a vault that is as the caller saw it, and counts the change. Undefined, and nothing changed,
 * where it was changed since. In the user's context.
 */
export async function updateVault(
  trx: Transaction<Database>,
  { userId, revision }: { userId: string; revision: number },
  change: EncryptionVaultUpdate,
): Promise<EncryptionVault | undefined> {
  return trx
    .updateTable('auth.encryption_vaults')
    .set({ ...change, revision: sql<number>`revision + 1` })
    .where('user_id', '=', userId)
    .where('revision', '=', revision)
    .returningAll()
    .executeTakeFirst();
}

/** False where there was none. In the user's context. */
export async function deleteVault(trx: Transaction<Database>, userId: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('auth.encryption_vaults')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
