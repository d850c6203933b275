import { sql } from 'kysely';

/** The wraps of these users, whose contexts are entered one after the other and left at the end. */
export const readVaultWraps = sql`
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
 * former wrap; answers in how many it had. It is no change of the user's, so the revision stays.
 */
export const replaceVaultWraps = sql`
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
