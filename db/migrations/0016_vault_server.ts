import { type Kysely, sql } from 'kysely';
import { fetchVaultKey } from './vault/fetch-vault-key.ts';
import { readVaultWraps, replaceVaultWraps } from './vault/rewrap.ts';

/** So many vaults of each KEK are remembered, so that the first start can try it on them. */
const SPECIMENS = 5;

/**
 * What the server wants to know of a vault beyond its wraps, and which KEKs there are: a vault can't name
 * one that isn't in `auth.keks`, and none that a vault names can be taken out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table auth.encryption_vaults
    add column if not exists possession_verifier text,
    add column if not exists revision integer not null default 1
  `.execute(db);
  await sql`
    create table if not exists auth.keks (
      kek_id text primary key,
      check_wrapped text,
      check_iv text,
      check_format_version smallint,
      specimen_user_ids text[] not null default '{}',
      created_at timestamptz not null default now(),
      constraint keks_check_whole check (
        (check_wrapped is null) = (check_iv is null)
        and (check_wrapped is null) = (check_format_version is null)
      )
    )
  `.execute(db);
  await nameKeks(db);
  for (const made of [fetchVaultKey, readVaultWraps, replaceVaultWraps]) await made.execute(db);
}

/** Row-level security binds the owner too, and would hide every row from the list and from the check. Run again, a constraint of that name may stand. */
async function nameKeks(db: Kysely<unknown>): Promise<void> {
  await sql`alter table auth.encryption_vaults no force row level security`.execute(db);
  await sql`
    insert into auth.keks (kek_id, specimen_user_ids)
    select kek_id, coalesce((array_agg(user_id) filter (where wrapped_mk is not null))[1:${sql.lit(SPECIMENS)}], '{}')
    from auth.encryption_vaults where kek_id is not null group by kek_id
    on conflict (kek_id) do nothing
  `.execute(db);
  await sql`
    alter table auth.encryption_vaults
    drop constraint if exists encryption_vaults_kek_id_fkey,
    add constraint encryption_vaults_kek_id_fkey foreign key (kek_id) references auth.keks (kek_id)
  `.execute(db);
  await sql`alter table auth.encryption_vaults force row level security`.execute(db);
}
