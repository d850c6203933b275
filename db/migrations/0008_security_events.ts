import { type Kysely, sql } from 'kysely';

/**
 * `user_id` has no foreign key on purpose: the history outlives its user. A cascade would delete it,
 * and `set null` would rewrite rows that are only ever added.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.security_events (
      id uuid primary key default gen_random_uuid(),
      user_id text,
      event_type text not null,
      ip_address text,
      user_agent text,
      metadata jsonb,
      created_at timestamptz not null default now()
    )
  `.execute(db);
  await sql`
    create index if not exists security_events_user_id_created_at_idx
    on auth.security_events (user_id, created_at)
  `.execute(db);
}
