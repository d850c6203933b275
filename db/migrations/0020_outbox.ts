import { type Kysely, sql } from 'kysely';

/**
 * Mails on their way. A row is written with the change that it tells of, and goes once it is delivered, refused
 * for good, or of no use any more. It names no user: what is told about an account outlives it.
 *
 * A mail that anybody can ask for waits once for each recipient, kind and cause: a newer one takes its place.
 * Once delivered it stays until `expires_at` without its text, to be counted.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists auth.outbox (
      id uuid not null constraint outbox_pkey primary key,
      kind text not null,
      recipient text not null,
      cause text not null default '',
      is_requested boolean not null,
      payload text,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      next_attempt_at timestamptz not null,
      attempts integer not null default 0,
      is_claimed boolean not null default false,
      last_error text,
      delivered_at timestamptz,
      constraint outbox_payload check ((payload is null) = (delivered_at is not null))
    )
  `.execute(db);
  await sql`
    create unique index if not exists outbox_waiting_once on auth.outbox (recipient, kind, cause)
    where is_requested and not is_claimed and delivered_at is null
  `.execute(db);
  await sql`
    create index if not exists outbox_recipient_idx on auth.outbox (recipient) where is_requested
  `.execute(db);
  await sql`
    create index if not exists outbox_next_attempt_at_idx on auth.outbox (next_attempt_at)
    where delivered_at is null
  `.execute(db);
}
