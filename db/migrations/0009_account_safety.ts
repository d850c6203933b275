import { type Kysely, sql } from 'kysely';

/** What keeps guessers out and owners in: the time of the last proof, lockouts, devices, second factors. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table auth.sessions
    add column if not exists authenticated_at timestamptz not null default now()
  `.execute(db);
  // No foreign key: an address without an account is locked like any other.
  await sql`
    create table if not exists auth.lockouts (
      email text primary key,
      state jsonb not null,
      version integer not null,
      expires_at timestamptz not null
    )
  `.execute(db);
  await sql`
    create index if not exists lockouts_expires_at_idx on auth.lockouts (expires_at)
  `.execute(db);
  await sql`
    create index if not exists verification_expires_at_idx on auth.verification (expires_at)
  `.execute(db);
  await sql`
    create table if not exists auth.known_devices (
      user_id text not null
        constraint known_devices_user_id_fkey references auth.users (id) on delete cascade,
      device_id text not null,
      created_at timestamptz not null default now(),
      last_seen_at timestamptz not null default now(),
      constraint known_devices_pkey primary key (user_id, device_id)
    )
  `.execute(db);
  await sql`
    create table if not exists auth.two_factor_auth (
      user_id text primary key
        constraint two_factor_auth_user_id_fkey references auth.users (id) on delete cascade,
      secret text not null,
      enabled boolean not null default false,
      backup_codes text,
      created_at timestamptz not null default now(),
      enabled_at timestamptz
    )
  `.execute(db);
  await sql`
    alter table auth.two_factor_auth add column if not exists last_used_step integer
  `.execute(db);
  await sql`
    create table if not exists auth.daily_signups (
      day date primary key,
      signups integer not null
    )
  `.execute(db);
}
