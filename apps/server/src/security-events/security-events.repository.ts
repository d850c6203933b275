import type { Database } from '@mana/db/database';
import type { Kysely } from 'kysely';

export interface SecurityEvent {
  readonly type: string;
  readonly userId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Carries no secret. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

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
