import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

export interface LoginAttemptsTable {
  id: Generated<number>;
  /** Normalised: trimmed and in lower case. */
  email: string;
  ip_address: string | null;
  successful: Generated<boolean>;
  attempted_at: Generated<Date>;
  method: Generated<string>;
}

export type LoginAttempt = Selectable<LoginAttemptsTable>;
export type NewLoginAttempt = Insertable<LoginAttemptsTable>;
export type LoginAttemptUpdate = Updateable<LoginAttemptsTable>;
