import { type Kysely, sql } from 'kysely';

/** `expires_at`, `alg` and `crv` belong to Better Auth's JWT plugin and are null on older keys. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.jwks (
      id text primary key,
      public_key text not null,
      private_key text not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      alg text,
      crv text
    )
  `.execute(db);
}
