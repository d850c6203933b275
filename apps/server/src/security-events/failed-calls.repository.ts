import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { SecurityEvent } from './security-events.repository.ts';

/** A call that failed, of a kind that its account's owner should know of. */
export interface FailedCall extends SecurityEvent {
  readonly code: string;
}

/**
 * Counts failed calls: each account has one row for each code and day (UTC), which says how many there were and
 * what the last one was like. So whoever floods the audit log makes a number grow. `calls` names no account and
 * code twice.
 */
export async function countFailedCalls(
  db: Kysely<Database>,
  calls: readonly (FailedCall & { readonly times: number })[],
): Promise<void> {
  // Servers lock the rows in one order, so that none waits for another in a circle.
  const keyOf = ({ userId, code }: FailedCall) => JSON.stringify([userId, code]);
  const inOrder = calls.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rows = inOrder.map(
    ({ userId, type, code, times, address, userAgent, metadata }) => sql`(
      ${userId}, ${type}, ${code}, (now() at time zone 'utc')::date, ${times},
      ${address}, ${userAgent}, ${JSON.stringify(metadata)}
    )`,
  );
  await sql`
    insert into auth.refused_calls as counted (
      user_id, event_type, code, day, calls, ip_address, user_agent, metadata
    )
    values ${sql.join(rows)}
    on conflict (coalesce(user_id, ''), code, day) do update set
      calls = counted.calls + excluded.calls,
      last_at = greatest(counted.last_at, excluded.last_at),
      ip_address = excluded.ip_address,
      user_agent = excluded.user_agent,
      metadata = excluded.metadata
  `.execute(db);
}
