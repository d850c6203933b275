import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type {
  EncryptionVault,
  EncryptionVaultUpdate,
  NewEncryptionVault,
} from '@mana/db/schema/vault';
import { type Kysely, sql, type Transaction } from 'kysely';

/** A vault, and the passkeys that it has a wrap for. */
export type VaultRow = EncryptionVault & { readonly passkey_ids: readonly string[] };

/** A user's vault, or undefined if they have none. */
export async function findVault(
  db: Kysely<Database>,
  userId: string,
): Promise<VaultRow | undefined> {
  return asUser(db, userId, (trx) => readVault(trx, userId));
}

/** The generation of the user's master key; undefined without a vault. In the user's context. */
export async function findGeneration(
  trx: Transaction<Database>,
  userId: string,
): Promise<number | undefined> {
  const vault = await trx
    .selectFrom('auth.encryption_vaults')
    .select('generation')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return vault?.generation;
}

/** As `findVault`, in a transaction that is in the user's context already. */
export async function readVault(
  trx: Transaction<Database>,
  userId: string,
): Promise<VaultRow | undefined> {
  return trx
    .selectFrom('auth.encryption_vaults')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('auth.vault_passkey_wraps as wrap')
        .select(
          sql<string[]>`coalesce(array_agg(wrap.passkey_id order by wrap.created_at), '{}')`.as(
            'ids',
          ),
        )
        .whereRef('wrap.user_id', '=', 'auth.encryption_vaults.user_id')
        .$asScalar()
        .as('passkey_ids'),
    )
    .where('user_id', '=', userId)
    .executeTakeFirst();
}

/** Adds a vault. False, and nothing changed, if the user has one. In the user's context. */
export async function insertVault(
  trx: Transaction<Database>,
  vault: NewEncryptionVault,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('auth.encryption_vaults')
    .values(vault)
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/**
 * Changes a vault that still has this revision, and increments it. False, and nothing changed, if it was
 * changed since. In the user's context.
 */
export async function updateVault(
  trx: Transaction<Database>,
  { userId, revision }: { userId: string; revision: number },
  change: EncryptionVaultUpdate,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('auth.encryption_vaults')
    .set({ ...change, revision: sql<number>`revision + 1` })
    .where('user_id', '=', userId)
    .where('revision', '=', revision)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Deletes a user's vault. False if there was none. In the user's context. */
export async function deleteVault(trx: Transaction<Database>, userId: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('auth.encryption_vaults')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
