import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** `token` and `refresh_token` are secrets. */
export interface SessionsTable {
  id: string;
  expires_at: Date;
  token: string;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  ip_address: string | null;
  user_agent: string | null;
  user_id: string;
  refresh_token: string | null;
  refresh_token_expires_at: Date | null;
  device_id: string | null;
  device_name: string | null;
  last_activity_at: Date | null;
  revoked_at: Date | null;
  remember_me: Generated<boolean>;
  /** When the user last proved who they are, with a password or more. */
  authenticated_at: Generated<Date>;
}

export type Session = Selectable<SessionsTable>;
export type NewSession = Insertable<SessionsTable>;
export type SessionUpdate = Updateable<SessionsTable>;
