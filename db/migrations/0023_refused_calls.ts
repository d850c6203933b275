import { type Kysely, sql } from 'kysely';

/**
 * Refused calls, counted by account, code and day: whoever floods the audit log makes a number grow. An attempt
 * has an id, by which one that nobody was told the outcome of is taken back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.refused_calls (
      id uuid primary key default gen_random_uuid(),
      user_id text,
      event_type text not null,
      code text not null,
      day date not null,
      calls integer not null default 1,
      first_at timestamptz not null default now(),
      last_at timestamptz not null default now(),
      ip_address text,
      user_agent text,
      metadata jsonb
    )
  `.execute(db);
  await sql`
    create unique index if not exists refused_calls_user_id_code_day_idx
    on auth.refused_calls (coalesce(user_id, ''), code, day)
  `.execute(db);
  await sql`
    create index if not exists refused_calls_user_id_first_at_idx
    on auth.refused_calls (user_id, first_at)
  `.execute(db);
  await countUpOnly(db);
  await sql`
    alter table auth.login_attempts add column if not exists attempt_id text
  `.execute(db);
}

/** As the audit logs refuse any change (S30), this one refuses all but one call more, for the owner too. */
async function countUpOnly(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function auth.refuse_uncounting() returns trigger
    language plpgsql
    set search_path = pg_catalog
    as $$
    begin
      if tg_op = 'UPDATE' and new.calls > old.calls and new.last_at >= old.last_at
        and (new.id, new.user_id, new.event_type, new.code, new.day, new.first_at)
          is not distinct from
          (old.id, old.user_id, old.event_type, old.code, old.day, old.first_at)
      then
        return new;
      end if;
      raise exception '%.% only counts up: % is refused', tg_table_schema, tg_table_name, tg_op
        using errcode = 'insufficient_privilege';
    end
    $$
  `.execute(db);
  await sql`
    create or replace trigger refuse_uncounting before update or delete on auth.refused_calls
    for each row execute function auth.refuse_uncounting()
  `.execute(db);
  await sql`
    create or replace trigger refuse_truncate before truncate on auth.refused_calls
    for each statement execute function auth.refuse_change()
  `.execute(db);
}
