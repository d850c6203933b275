import { type Kysely, sql } from 'kysely';

/** The name `users_email_key` is part of the contract: it tells a taken address from other conflicts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.users (
      id text primary key,
      name text not null,
      email text not null constraint users_email_key unique,
      email_verified boolean not null default false,
      image text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      role auth.user_role not null default 'user',
      access_tier auth.access_tier not null default 'public',
      kind auth.user_kind not null default 'human',
      two_factor_enabled boolean not null default false,
      onboarding_completed_at timestamptz,
      deleted_at timestamptz
    )
  `.execute(db);
}
