import { asUser } from '@mana/db/client/user-context';
import type { Database } from '@mana/db/schema/database';
import type { EncryptionVault, VaultPasskeyWrap } from '@mana/db/schema/vault';
import type { Kysely } from 'kysely';

/** A user's row as it stands, which nobody sees without their context. */
export async function vaultOf(
  db: Kysely<Database>,
  userId: string,
): Promise<EncryptionVault | undefined> {
  return asUser(db, userId, (trx) =>
    trx.selectFrom('auth.encryption_vaults').selectAll().executeTakeFirst(),
  );
}

/** The wraps of a user's passkeys as they stand. */
export async function passkeyWrapsOf(
  db: Kysely<Database>,
  userId: string,
): Promise<VaultPasskeyWrap[]> {
  return asUser(db, userId, (trx) =>
    trx.selectFrom('auth.vault_passkey_wraps').selectAll().execute(),
  );
}

/** Puts a row that holds no real key. */
export async function insertVaultRow(db: Kysely<Database>, userId: string): Promise<void> {
  await asUser(db, userId, (trx) =>
    trx
      .insertInto('auth.encryption_vaults')
      .values({ user_id: userId, wrapped_mk: 'wrap', wrap_iv: 'iv' })
      .execute(),
  );
}

/** What the audit has of a user, oldest first, as `action status`. */
export async function auditOf(db: Kysely<Database>, userId: string): Promise<string[]> {
  const rows = await asUser(db, userId, (trx) =>
    trx
      .selectFrom('auth.encryption_vault_audit')
      .select(['action', 'status'])
      .orderBy('created_at')
      .execute(),
  );
  return rows.map(({ action, status }) => `${action} ${status}`);
}
