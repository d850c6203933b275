import { type Kysely, sql } from 'kysely';

/** How many vaults of each KEK are remembered, so that the first start can try the KEK on them. */
const SAMPLES = 5;

/**
 * What the server needs to know of a vault beyond its wraps, and the list of KEKs: a vault can't name
 * one that isn't in `auth.keks`, and one that a vault names can't be removed.
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
  await registerKeks(db);
  for (const create of [fetchVaultKey, readVaultWraps, replaceVaultWraps]) await create.execute(db);
}

/**
 * Row-level security binds the owner too, and would hide every row from the list and from the check.
 * The constraint is dropped first because it exists where this runs again.
 */
async function registerKeks(db: Kysely<unknown>): Promise<void> {
  await sql`alter table auth.encryption_vaults no force row level security`.execute(db);
  await sql`
    insert into auth.keks (kek_id, specimen_user_ids)
    select kek_id, coalesce((array_agg(user_id) filter (where wrapped_mk is not null))[1:${sql.lit(SAMPLES)}], '{}')
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

/** `vault.key` in one round trip, as it was first released; 0019 replaces it and says what it does. */
const fetchVaultKey = sql`
  create or replace function auth.fetch_vault_key(
    session_id text, session_token text, server_time timestamptz,
    client_address text, client_agent text, request_id text, per_minute integer
  ) returns table (
    user_id text, outcome text, retry_after_seconds integer,
    wrapped_mk text, wrap_iv text, format_version smallint, kek_id text,
    recovery_wrapped_mk text, recovery_iv text, recovery_format_version smallint,
    zero_knowledge boolean, generation integer
  )
  language plpgsql
  set search_path = pg_catalog
  set enable_seqscan = off
  as $$
  #variable_conflict use_column
  declare
    caller text;
    vault record;
    fetches integer;
    refusals integer;
    oldest timestamptz;
    refused text;
  begin
    if session_id is not null then
      select session.user_id into caller
      from auth.sessions as session join auth.users as person on person.id = session.user_id
      where session.id = fetch_vault_key.session_id and session.expires_at > server_time
        and session.revoked_at is null and person.deleted_at is null;
    else
      select session.user_id into caller
      from auth.sessions as session join auth.users as person on person.id = session.user_id
      where session.token = session_token and session.expires_at > server_time
        and session.revoked_at is null and person.deleted_at is null;
    end if;
    if caller is null or caller = '' then
      return;
    end if;
    perform set_config('app.current_user_id', caller, true);
    perform pg_advisory_xact_lock(hashtextextended(caller, 7261350413));

    select
      count(*) filter (where entry.status is distinct from 'RATE_LIMITED'),
      count(*) filter (where entry.status = 'RATE_LIMITED'),
      min(entry.created_at) filter (where entry.status is distinct from 'RATE_LIMITED')
    into fetches, refusals, oldest
    from auth.encryption_vault_audit as entry
    where entry.user_id = caller and entry.created_at > clock_timestamp() - interval '1 minute'
      and entry.action in ('fetch', 'failed_fetch');

    select v.wrapped_mk, v.wrap_iv, v.format_version, v.kek_id, v.recovery_wrapped_mk, v.recovery_iv,
      v.recovery_format_version, v.zero_knowledge, v.generation
    into vault
    from auth.encryption_vaults as v where v.user_id = caller;

    refused := case
      when fetches >= per_minute then 'RATE_LIMITED'
      when vault.generation is null then 'VAULT_NOT_INITIALISED'
    end;
    if refused is distinct from 'RATE_LIMITED' or refusals = 0 then
      insert into auth.encryption_vault_audit
        (user_id, action, ip_address, user_agent, context, status, created_at)
      values (
        caller, case when refused is null then 'fetch' else 'failed_fetch' end,
        client_address, client_agent, request_id, coalesce(refused, 'OK'), clock_timestamp()
      );
    end if;
    if refused = 'RATE_LIMITED' then
      return query select caller, 'throttled',
        greatest(1, ceil(extract(epoch from oldest + interval '1 minute' - clock_timestamp())))::integer,
        null::text, null::text, null::smallint, null::text, null::text, null::text, null::smallint,
        null::boolean, null::integer;
    elsif refused is not null then
      return query select caller, 'absent', null::integer,
        null::text, null::text, null::smallint, null::text, null::text, null::text, null::smallint,
        null::boolean, null::integer;
    else
      return query select caller, 'released', null::integer,
        vault.wrapped_mk, vault.wrap_iv, vault.format_version, vault.kek_id,
        vault.recovery_wrapped_mk, vault.recovery_iv, vault.recovery_format_version,
        vault.zero_knowledge, vault.generation;
    end if;
  end
  $$
`;

/** The wraps of these users, whose contexts are entered one after the other and left at the end. */
const readVaultWraps = sql`
  create or replace function auth.read_vault_wraps(user_ids text[])
  returns table (
    user_id text, wrapped_mk text, wrap_iv text, format_version smallint, kek_id text,
    generation integer, zero_knowledge boolean
  )
  language plpgsql
  set search_path = pg_catalog
  as $$
  #variable_conflict use_column
  declare
    id text;
  begin
    foreach id in array user_ids loop
      perform set_config('app.current_user_id', id, true);
      return query
        select v.user_id, v.wrapped_mk, v.wrap_iv, v.format_version, v.kek_id, v.generation,
          v.zero_knowledge
        from auth.encryption_vaults as v where v.user_id = id;
    end loop;
    perform set_config('app.current_user_id', '', true);
  end
  $$
`;

/**
 * Puts each user's master key under another wrap, with an entry in the audit, where the row still has the
 * former wrap; returns how many it replaced. The user changed nothing, so the revision stays.
 */
const replaceVaultWraps = sql`
  create or replace function auth.replace_vault_wraps(
    user_ids text[], former text[], wrapped text[], ivs text[], formats smallint[], keks text[]
  ) returns integer
  language plpgsql
  set search_path = pg_catalog
  as $$
  declare
    replaced integer := 0;
  begin
    for i in 1 .. coalesce(array_length(user_ids, 1), 0) loop
      perform set_config('app.current_user_id', user_ids[i], true);
      update auth.encryption_vaults as v
      set wrapped_mk = wrapped[i], wrap_iv = ivs[i], kek_id = keks[i],
        format_version = coalesce(formats[i], v.format_version)
      where v.user_id = user_ids[i] and v.wrapped_mk is not distinct from former[i];
      if found then
        replaced := replaced + 1;
        insert into auth.encryption_vault_audit (user_id, action, context, status)
        values (user_ids[i], 'rewrap', keks[i], 'OK');
      end if;
    end loop;
    perform set_config('app.current_user_id', '', true);
    return replaced;
  end
  $$
`;
