import type { Generated, Insertable, Selectable } from 'kysely';

/** The browsers in which a user has signed in; each names itself by a signed cookie. */
export interface KnownDevicesTable {
  user_id: string;
  device_id: string;
  created_at: Generated<Date>;
  last_seen_at: Generated<Date>;
}

export type KnownDevice = Selectable<KnownDevicesTable>;
export type NewKnownDevice = Insertable<KnownDevicesTable>;
