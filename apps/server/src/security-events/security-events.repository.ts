import { errorTable } from '@mana/auth-core/errors/codes/codes';
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

/** An event as its user may see it, or failed calls of one kind on one day. */
export interface OwnSecurityEvent {
  readonly id: string;
  readonly type: string;
  /** Of failed calls: when the first of them was. */
  readonly createdAt: Date;
  readonly lastAt: Date;
  readonly count: number;
  /** Of failed calls: that of the last of them, as the next. */
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** A position in the list: what was done to the account comes before what failed. */
export interface EventPosition extends TimePosition {
  readonly hasFailed: boolean;
}

/** What an event of a failed call is named. Earlier versions wrote one for each call. */
const FAILURES = [
  ...new Set(Object.values(errorTable).flatMap(({ securityEvent }) => securityEvent ?? [])),
];

/**
 * The first `limit` events of a user, or the first after a position: what was done to the account, then what
 * failed, each newest first. So no stranger's failures push the owner's own events away.
 */
export async function listSecurityEvents(
  db: Kysely<Database>,
  userId: string,
  { before, limit }: { before: EventPosition | null; limit: number },
): Promise<(OwnSecurityEvent & { readonly position: EventPosition })[]> {
  const isFailure = sql<boolean>`event_type = any(${FAILURES}::text[])`;
  const single = { table: 'auth.security_events', at: 'created_at', lastAt: 'created_at' };
  const done = { ...single, count: sql`1`, where: sql`not ${isFailure}`, hasFailed: false };
  const failed = { ...single, count: sql`1`, where: isFailure, hasFailed: true };
  const counted = {
    table: 'auth.refused_calls',
    at: 'first_at',
    lastAt: 'last_at',
    count: sql.ref('calls'),
    where: sql`true`,
    hasFailed: true,
  };
  const sources = before?.hasFailed ? [failed, counted] : [done, failed, counted];
  const parts = sources.map(({ table, at, lastAt, count, where, hasFailed }) => {
    const isReached = before?.hasFailed === hasFailed ? isBefore(at, before, 'uuid') : sql`true`;
    return sql`(
      select id, event_type as type, ${sql.ref(at)} as "createdAt", ${sql.ref(lastAt)} as "lastAt",
        ${count} as count, ip_address as "ipAddress", user_agent as "userAgent",
        ${microsOf(at)} as micros, ${hasFailed}::boolean as "hasFailed"
      from ${sql.table(table)}
      where user_id = ${userId} and ${where} and ${isReached}
      order by ${sql.ref(at)} desc, id desc
      limit ${limit}
    )`;
  });
  const { rows } = await sql<OwnSecurityEvent & { micros: string; hasFailed: boolean }>`
    ${sql.join(parts, sql` union all `)}
    order by "hasFailed", "createdAt" desc, id desc
    limit ${limit}
  `.execute(db);
  return rows.map(({ micros, hasFailed, ...event }) => ({
    ...event,
    position: { micros, id: event.id, hasFailed },
  }));
}
