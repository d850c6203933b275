import { type Kysely, sql } from 'kysely';

/**
 * One more wrap of a user's master key for each of their passkeys. It is deleted with the passkey and with
 * the vault. Triggers ensure the rest, because 0013 would drop the unique indexes that foreign keys over two
 * columns need: a wrap belongs to the passkey's user, and to the current generation of the vault.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.vault_passkey_wraps (
      passkey_id text primary key
        constraint vault_passkey_wraps_passkey_id_fkey references auth.passkeys (id) on delete cascade,
      user_id text not null constraint vault_passkey_wraps_user_id_fkey
        references auth.encryption_vaults (user_id) on delete cascade,
      generation integer not null,
      wrapped_mk text not null,
      wrap_iv text not null,
      format_version smallint not null,
      created_at timestamptz not null default now(),
      constraint vault_passkey_wraps_format check (format_version >= 2),
      constraint vault_passkey_wraps_has_wrap check (wrapped_mk <> '' and wrap_iv <> '')
    )
  `.execute(db);
  await sql`
    create index if not exists vault_passkey_wraps_user_id_idx on auth.vault_passkey_wraps (user_id)
  `.execute(db);
  await bindToOwner(db);
  await endWithGeneration(db);
}

/** Locks both rows, so that neither changes before the wrap is committed. */
async function bindToOwner(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function auth.bind_passkey_wrap() returns trigger
    language plpgsql
    set search_path = pg_catalog
    as $$
    begin
      perform from auth.passkeys as passkey
      where passkey.id = new.passkey_id and passkey.user_id = new.user_id
      for key share;
      if not found then
        raise exception 'a wrap wants a passkey of its own user'
          using errcode = 'foreign_key_violation';
      end if;
      perform from auth.encryption_vaults as vault
      where vault.user_id = new.user_id and vault.generation = new.generation
      for share;
      if not found then
        raise exception 'a wrap wants the generation of its vault'
          using errcode = 'foreign_key_violation';
      end if;
      return new;
    end
    $$
  `.execute(db);
  await sql`
    create or replace trigger bind_passkey_wrap
    before insert or update on auth.vault_passkey_wraps
    for each row execute function auth.bind_passkey_wrap()
  `.execute(db);
}

/** Every rotation removes the wraps of the former key. */
async function endWithGeneration(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function auth.end_passkey_wraps() returns trigger
    language plpgsql
    set search_path = pg_catalog
    as $$
    begin
      delete from auth.vault_passkey_wraps as wrap
      where wrap.user_id = new.user_id and wrap.generation <> new.generation;
      return null;
    end
    $$
  `.execute(db);
  await sql`
    create or replace trigger end_passkey_wraps
    after update of generation on auth.encryption_vaults
    for each row when (old.generation <> new.generation) execute function auth.end_passkey_wraps()
  `.execute(db);
}
