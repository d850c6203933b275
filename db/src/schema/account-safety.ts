import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** Failed attempts at an account, written by compare-and-set on `version`. */
export interface LockoutsTable {
  /** Normalised: trimmed and in lower case. It need not belong to an account. */
  email: string;
  /** What `lockout/parse-lockout.ts` of auth-core reads. Written as JSON text. */
  state: JSONColumnType<object, string, string>;
  version: number;
  /** From then on the row means nothing. */
  expires_at: Date;
}

/** One row for each attempt to sign in, to count and to look into. */
export interface LoginAttemptsTable {
  id: Generated<number>;
  /** Normalised: trimmed and in lower case. */
  email: string;
  ip_address: string | null;
  successful: Generated<boolean>;
  attempted_at: Generated<Date>;
  method: Generated<string>;
  /** Null for one of an earlier version. */
  attempt_id: string | null;
}

/** The browsers in which a user has signed in; a signed cookie identifies each. */
export interface KnownDevicesTable {
  user_id: string;
  device_id: string;
  created_at: Generated<Date>;
  last_seen_at: Generated<Date>;
}

/** How many accounts were created on a day, in UTC, for the daily limit. */
export interface DailySignupsTable {
  /** Written as `2026-11-24`. */
  day: ColumnType<Date, string, never>;
  signups: number;
}

/** What happened to accounts. Rows are only ever added, and outlive the user they name. */
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

/** How often calls were refused to or about a user on a day (UTC), by code. Rows only count up. */
export interface RefusedCallsTable {
  id: Generated<string>;
  /** Null for callers who named no account. */
  user_id: string | null;
  event_type: string;
  code: string;
  /** Written as `2026-11-24`. */
  day: ColumnType<Date, string, never>;
  calls: Generated<number>;
  first_at: Generated<Date>;
  last_at: Generated<Date>;
  /** Of the last one, as what follows. */
  ip_address: string | null;
  user_agent: string | null;
  /** Written as JSON text. */
  metadata: JSONColumnType<Record<string, unknown> | null, string | null, string | null>;
}
