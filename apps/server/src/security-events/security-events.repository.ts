import type { Database } from '@mana/db/schema/database';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isBefore, microsOf, type TimePosition } from '../pagination.ts';

/** What the audit log holds about one event. */
export interface SecurityEvent {
  readonly type: string;
  readonly userId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Carries no secret. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Writes an event into the audit log. */
export async function insertSecurityEvent(
  db: Kysely<Database>,
  event: SecurityEvent,
): Promise<void> {
  await db
    .insertInto('auth.security_events')
    .values({
      event_type: event.type,
      user_id: event.userId,
      ip_address: event.address,
      user_agent: event.userAgent,
      metadata: JSON.stringify(event.metadata),
    })
    .execute();
}

/** The part of a statement that writes an event for each row of `source`. */
export function insertSecurityEventFor(
  source: RawBuilder<unknown>,
  event: SecurityEvent,
): RawBuilder<unknown> {
  return sql`
    insert into auth.security_events (event_type, user_id, ip_address, user_agent, metadata)
    select ${event.type}::text, ${event.userId}::text, ${event.address}::text,
      ${event.userAgent}::text, ${JSON.stringify(event.metadata)}::jsonb
    from ${source}
  `;
}

/** An event as its user may see it. */
export interface OwnSecurityEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: Date;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** The newest `limit` events of a user, or the newest before a position, newest first. */
export async function listSecurityEvents(
  db: Kysely<Database>,
  userId: string,
  { before, limit }: { before: TimePosition | null; limit: number },
): Promise<(OwnSecurityEvent & { readonly position: TimePosition })[]> {
  let query = db
    .selectFrom('auth.security_events')
    .select([
      'id',
      'event_type as type',
      'created_at as createdAt',
      'ip_address as ipAddress',
      'user_agent as userAgent',
    ])
    .select(microsOf('created_at').as('micros'))
    .where('user_id', '=', userId);
  if (before) query = query.where(isBefore('created_at', before, 'uuid'));
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ micros, ...event }) => ({ ...event, position: { micros, id: event.id } }));
}
