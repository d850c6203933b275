import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.accounts (
      id text primary key,
      account_id text not null,
      provider_id text not null,
      user_id text not null
        constraint accounts_user_id_fkey references auth.users (id) on delete cascade,
      access_token text,
      refresh_token text,
      id_token text,
      access_token_expires_at timestamptz,
      refresh_token_expires_at timestamptz,
      scope text,
      password text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`create index if not exists accounts_user_id_idx on auth.accounts (user_id)`.execute(db);
}
