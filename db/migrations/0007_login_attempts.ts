import { type Kysely, sql } from 'kysely';

/** One index counts recent attempts for an address, the other finds what is old enough to prune. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.login_attempts (
      id serial primary key,
      email text not null,
      ip_address text,
      successful boolean not null default false,
      attempted_at timestamptz not null default now(),
      method text not null default 'password'
    )
  `.execute(db);
  await sql`
    create index if not exists login_attempts_email_attempted_at_idx
    on auth.login_attempts (email, attempted_at)
  `.execute(db);
  await sql`
    create index if not exists login_attempts_attempted_at_idx on auth.login_attempts (attempted_at)
  `.execute(db);
}
