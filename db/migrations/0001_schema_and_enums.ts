import { type Kysely, sql } from 'kysely';

/** Creates schema `auth` and the enums that users carry. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists auth`.execute(db);
  await createEnum(db, 'user_role', ['user', 'admin', 'service']);
  await createEnum(db, 'access_tier', ['guest', 'public', 'beta', 'alpha', 'founder']);
  await createEnum(db, 'user_kind', ['human', 'persona', 'system']);
}

/** Postgres has no `create type if not exists`. */
async function createEnum(
  db: Kysely<unknown>,
  name: string,
  labels: readonly string[],
): Promise<void> {
  const existing = await sql`
    select 1
    from pg_catalog.pg_type as type
    join pg_catalog.pg_namespace as namespace on namespace.oid = type.typnamespace
    where namespace.nspname = 'auth' and type.typname = ${name}
  `.execute(db);
  if (existing.rows.length > 0) return;

  await sql`
    create type ${sql.id('auth', name)} as enum (${sql.join(labels.map((label) => sql.lit(label)))})
  `.execute(db);
}
