import { sql } from 'kysely';
import type { TestServer } from './test-server.ts';

/** The types of a user's events in the audit log, oldest first; calls of a kind that failed are one. */
export async function readEvents({ deps, owner }: TestServer, userId: string): Promise<string[]> {
  await deps.securityEvents.drain();
  const { rows } = await sql<{ type: string }>`
    select event_type as type, created_at from auth.security_events where user_id = ${userId}
    union all
    select event_type, first_at from auth.refused_calls where user_id = ${userId}
    order by created_at
  `.execute(owner);
  return rows.map(({ type }) => type);
}
