import { type RawBuilder, sql } from 'kysely';

/** A place between two rows in the order of their times, and of their ids where those are the same. */
export interface TimePosition {
  /** Microseconds since 1970, as Postgres keeps them; a `Date` would cut them off. */
  readonly micros: string;
  readonly id: string;
}

/** The `micros` of a row, by a column that is a timestamptz. */
export function microsOf(column: string): RawBuilder<string> {
  return sql`(extract(epoch from ${sql.ref(column)}) * 1000000)::bigint::text`;
}

/** Whether a row stands before the position, by that column and its id. */
export function isBefore(
  column: string,
  { micros, id }: TimePosition,
  idType: 'uuid' | 'text',
): RawBuilder<boolean> {
  const at = sql`timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond'`;
  return sql`(${sql.ref(column)}, id) < (${at}, ${id}::${sql.raw(idType)})`;
}
