import type { Database } from '@mana/db/database';
import { type Kysely, sql, type Transaction } from 'kysely';

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

/** Held until the transaction ends. Any number that nobody else locks. */
const SIGNING_KEYS_LOCK = 7_261_350_415;

/** Keeps every other server from changing the keys until `trx` ends. */
export async function lockSigningKeys(trx: Transaction<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(SIGNING_KEYS_LOCK)})`.execute(trx);
}
