import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.sessions (
      id text primary key,
      expires_at timestamptz not null,
      token text not null constraint sessions_token_key unique,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      ip_address text,
      user_agent text,
      user_id text not null
        constraint sessions_user_id_fkey references auth.users (id) on delete cascade,
      refresh_token text,
      refresh_token_expires_at timestamptz,
      device_id text,
      device_name text,
      last_activity_at timestamptz,
      revoked_at timestamptz,
      remember_me boolean not null default false
    )
  `.execute(db);
  await sql`create index if not exists sessions_user_id_idx on auth.sessions (user_id)`.execute(db);
  await sql`create index if not exists sessions_expires_at_idx on auth.sessions (expires_at)`.execute(
    db,
  );
}
