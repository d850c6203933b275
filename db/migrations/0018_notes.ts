import { type Kysely, sql } from 'kysely';

/**
 * Notes that their user's browser encrypts. They hold encrypted values and nothing else
 * (docs/vault-format.md): an IV of 12 bytes, and a ciphertext with its tag of 16.
 *
 * The id is that of the record to which the encryption is bound, so the browser makes it. It is unique for
 * its user alone: otherwise a refusal would tell a second user that somebody has it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.vault_notes (
      user_id text not null
        constraint vault_notes_user_id_fkey references auth.users (id) on delete cascade,
      id uuid not null,
      title text not null constraint vault_notes_title_encrypted check (
        title ~ '^enc:(1:|2:[1-9][0-9]{0,9}[.])[A-Za-z0-9+/]{16}[.][A-Za-z0-9+/]{22,}={0,2}$'
        and char_length(title) <= 1000
      ),
      body text not null constraint vault_notes_body_encrypted check (
        body ~ '^enc:(1:|2:[1-9][0-9]{0,9}[.])[A-Za-z0-9+/]{16}[.][A-Za-z0-9+/]{22,}={0,2}$'
        and char_length(body) <= 50000
      ),
      revision integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint vault_notes_pkey primary key (user_id, id)
    )
  `.execute(db);
  await sql`
    create index if not exists vault_notes_user_id_updated_at_id_idx
    on auth.vault_notes (user_id, updated_at, id)
  `.execute(db);
}
