import { type Kysely, sql } from 'kysely';

/** A key request that failed because a key service was out of reach no longer counts against the user. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await fetchVaultKey.execute(db);
}

/**
 * `vault.key` in one round trip: the live session, the user's own row, the rate limit and the audit, or
 * nothing. Runs with the caller's rights, and row-level security binds it.
 *
 * Returns no row without a live session. `outcome` is `released`, `absent` or `throttled`; only the
 * first comes with a wrap, and with an audit row that is committed before the caller sees it. Calls of
 * one user run one after the other, so that no burst gets more than `per_minute`. Of several refusals in
 * a row only the first is audited: hammering can't fill an audit that nobody may empty.
 *
 * A fetch that failed because of a key service has two entries, its own and one that takes it back, and
 * so it doesn't count.
 *
 * Each connection keeps its plans, and one made while the audit was empty would read all of it for ever;
 * without sequential scans none is made.
 *
 * Whether a session is live is decided by the server's clock, as everywhere; the rate limit and the audit
 * go by that of the database, which all servers share.
 */
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
      count(*) filter (where coalesce(entry.status, '') not in ('RATE_LIMITED', 'SERVICE_UNAVAILABLE'))
        - count(*) filter (where entry.status = 'SERVICE_UNAVAILABLE'),
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
