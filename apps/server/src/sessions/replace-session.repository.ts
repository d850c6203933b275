import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@mana/db/schema/database';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** 192 bits, base64url, 32 characters; security check S12 requires at least 128 bits. */
const TOKEN_BYTES = 24;
/** How long calls under way with a former token are still answered. */
const GRACE_MS = 10_000;

/** What a row of a session is looked up by. The token is secret. */
export interface NewSessionKey {
  readonly id: string;
  readonly token: string;
}

/** A new id and token, at random. */
export function createSessionKey(): NewSessionKey {
  return { id: randomUUID(), token: randomBytes(TOKEN_BYTES).toString('base64url') };
}

/** A session's next row. What isn't given stays as it is. */
export interface Replacement extends NewSessionKey {
  readonly formerId: string;
  readonly at: Date;
  readonly authenticatedAt?: Date;
  readonly amr?: readonly string[];
}

/**
 * Parts of a `with` clause that continue a session under a new id and token, provided that it is live, is
 * its family's newest, and `condition` holds. `successor` then returns the new id, else no row. The
 * former row lives on for ten seconds, and never counts as fresh.
 */
export function replaceSession(
  { formerId, id, token, at, authenticatedAt, amr }: Replacement,
  condition: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`successor as (
    insert into auth.sessions (
      id, token, family_id, user_id, expires_at, ip_address, user_agent, created_at, updated_at,
      device_id, device_name, last_activity_at, remember_me, authenticated_at, amr
    )
    select ${id}::text, ${token}::text, family, user_id, expires_at, ip_address, user_agent,
      created_at, updated_at, device_id, device_name, last_activity_at, remember_me,
      coalesce(${authenticatedAt ?? null}::timestamptz, authenticated_at),
      coalesce(${amr ?? null}::text[], amr)
    from (
      select coalesce(family_id, id) as family, user_id, expires_at, ip_address, user_agent,
        created_at, updated_at, device_id, device_name, last_activity_at, remember_me,
        authenticated_at, amr
      from auth.sessions
      where id = ${formerId} and expires_at > ${at} and revoked_at is null
        and replaced_at is null and ${condition}
      for no key update
    ) as current
    returning id
  ), former as (
    update auth.sessions
    set replaced_at = ${at}, expires_at = least(expires_at, ${new Date(at.getTime() + GRACE_MS)})
    where id = ${formerId} and exists (select from successor)
  )`;
}

/** Continues a session under a new id and token, as `replaceSession`. False if it has ended or was replaced. */
export async function insertSuccessor(
  db: Kysely<Database>,
  replacement: Replacement,
): Promise<boolean> {
  const { rows } = await sql`
    with ${replaceSession(replacement)} select id from successor
  `.execute(db);
  return rows.length === 1;
}
