import { type Kysely, sql } from 'kysely';

/** The unique credential id is part of the contract: no two users own one authenticator's key (S3). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.passkeys (
      id text primary key,
      user_id text not null
        constraint passkeys_user_id_fkey references auth.users (id) on delete cascade,
      name text,
      credential_id text not null constraint passkeys_credential_id_key unique,
      public_key text not null,
      counter integer not null default 0,
      device_type text not null,
      backed_up boolean not null default false,
      transports text,
      aaguid text,
      last_used_at timestamptz,
      created_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`create index if not exists passkeys_user_id_idx on auth.passkeys (user_id)`.execute(db);
}
