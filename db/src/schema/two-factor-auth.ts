import type { Generated, Insertable, Selectable, Updateable } from 'kysely';

/** A user's second factor. `secret` and `backup_codes` are encrypted with the app secret. */
export interface TwoFactorAuthTable {
  user_id: string;
  secret: string;
  /** False until the first code was right. */
  enabled: Generated<boolean>;
  /** A JSON array of codes, encrypted. */
  backup_codes: string | null;
  created_at: Generated<Date>;
  enabled_at: Date | null;
  /** Time step of the last code that was taken, so that none is taken twice (RFC 6238 section 5.2). */
  last_used_step: number | null;
}

export type TwoFactorAuth = Selectable<TwoFactorAuthTable>;
export type NewTwoFactorAuth = Insertable<TwoFactorAuthTable>;
export type TwoFactorAuthUpdate = Updateable<TwoFactorAuthTable>;
