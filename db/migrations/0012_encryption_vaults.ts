import { type Kysely, sql } from 'kysely';

/**
 * A vault for each user, and an audit of what was done with it. The audit names users without a foreign
 * key, as security events do: it outlives them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.encryption_vaults (
      user_id text primary key
        constraint encryption_vaults_user_id_fkey references auth.users (id) on delete cascade,
      wrapped_mk text,
      wrap_iv text,
      format_version smallint not null default 1,
      kek_id text,
      created_at timestamptz not null default now(),
      rotated_at timestamptz,
      recovery_wrapped_mk text,
      recovery_iv text,
      recovery_format_version smallint not null default 1,
      recovery_set_at timestamptz,
      zero_knowledge boolean not null default false,
      generation integer not null default 1,
      constraint encryption_vaults_has_wrap
        check (wrapped_mk is not null or recovery_wrapped_mk is not null),
      constraint encryption_vaults_wrap_iv_pair check (
        (wrapped_mk is null) = (wrap_iv is null)
        and (recovery_wrapped_mk is null) = (recovery_iv is null)
      ),
      constraint encryption_vaults_zk_consistency check (
        not zero_knowledge or (wrapped_mk is null and recovery_wrapped_mk is not null)
      )
    )
  `.execute(db);
  await sql`
    create table if not exists auth.encryption_vault_audit (
      id text primary key default gen_random_uuid(),
      user_id text not null,
      action text not null,
      ip_address text,
      user_agent text,
      context text,
      status text,
      created_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`
    create index if not exists encryption_vault_audit_user_id_created_at_idx
    on auth.encryption_vault_audit (user_id, created_at)
  `.execute(db);
}
