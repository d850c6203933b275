import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql, type Transaction } from 'kysely';

/** A signing key as its row holds it. */
export interface StoredSigningKey {
  readonly id: string;
  /** JWK as JSON. */
  readonly publicKey: string;
  /** Secret. JWK as JSON, encrypted with the app secret. */
  readonly privateKey: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** All signing keys, newest first. */
export async function listSigningKeys(db: Kysely<Database>): Promise<StoredSigningKey[]> {
  const rows = await db
    .selectFrom('auth.jwks')
    .select(['id', 'public_key', 'private_key', 'created_at', 'expires_at'])
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    publicKey: row.public_key,
    privateKey: row.private_key,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
}

/** Stores a new key. */
export async function insertSigningKey(
  db: Kysely<Database>,
  key: StoredSigningKey & { alg: string; crv: string },
): Promise<void> {
  await db
    .insertInto('auth.jwks')
    .values({
      id: key.id,
      public_key: key.publicKey,
      private_key: key.privateKey,
      created_at: key.createdAt,
      expires_at: key.expiresAt,
      alg: key.alg,
      crv: key.crv,
    })
    .execute();
}

/** Sets when these keys stop verifying, provided that a newer one signs by then. */
export async function expireSigningKeys(
  trx: Transaction<Database>,
  ids: readonly string[],
  expiresAt: Date,
): Promise<void> {
  await trx
    .updateTable('auth.jwks')
    .set({ expires_at: expiresAt })
    .where('id', 'in', ids)
    .execute();
}

/** Deletes the keys with these ids. */
export async function deleteSigningKeys(
  trx: Transaction<Database>,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await trx.deleteFrom('auth.jwks').where('id', 'in', ids).execute();
}

/** Replaces the encrypted form of a private key, if it is still as it was read. False if somebody else was first. */
export async function replacePrivateKey(
  db: Kysely<Database>,
  stored: StoredSigningKey,
  privateKey: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('auth.jwks')
    .set({ private_key: privateKey })
    .where('id', '=', stored.id)
    .where('private_key', '=', stored.privateKey)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Any number that nobody else locks. */
const SIGNING_KEYS_LOCK = 7_261_350_415;

/** Keeps every other server from changing the keys until `trx` ends. */
export async function lockSigningKeys(trx: Transaction<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(SIGNING_KEYS_LOCK)})`.execute(trx);
}
