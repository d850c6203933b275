import type { TestServer } from './test-server.ts';

/** The types of a user's events in the audit log, oldest first. */
export async function readEvents({ deps, owner }: TestServer, userId: string): Promise<string[]> {
  await deps.securityEvents.drain();
  const rows = await owner
    .selectFrom('auth.security_events')
    .select('event_type')
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => row.event_type);
}
