import type { Insertable, JSONColumnType, Selectable } from 'kysely';

/** What is known of failed guesses at an account, written by compare-and-set on `version`. */
export interface LockoutsTable {
  /** Normalised: trimmed and in lower case. It need not belong to an account. */
  email: string;
  /** As `auth-core/throttle/lockout` reads it. Written as JSON text. */
  state: JSONColumnType<object, string, string>;
  version: number;
  /** From then on the row says nothing any more. */
  expires_at: Date;
}

export type LockoutRow = Selectable<LockoutsTable>;
export type NewLockoutRow = Insertable<LockoutsTable>;
