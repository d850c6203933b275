import type { ColumnType, Selectable } from 'kysely';

/** How many accounts were made on a day, in UTC, for the cap. */
export interface DailySignupsTable {
  /** Written as `2026-11-24`. */
  day: ColumnType<Date, string, never>;
  signups: number;
}

export type DailySignups = Selectable<DailySignupsTable>;
