import type { Generated, Insertable, JSONColumnType, Selectable, Updateable } from 'kysely';

/** What happened to accounts. Rows are only ever added, and outlive the user whom they name. */
export interface SecurityEventsTable {
  id: Generated<string>;
  user_id: string | null;
  event_type: string;
  ip_address: string | null;
  user_agent: string | null;
  /** Written as JSON text. */
  metadata: JSONColumnType<Record<string, unknown> | null, string | null, string | null>;
  created_at: Generated<Date>;
}

export type SecurityEvent = Selectable<SecurityEventsTable>;
export type NewSecurityEvent = Insertable<SecurityEventsTable>;
export type SecurityEventUpdate = Updateable<SecurityEventsTable>;
