import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';

/** A position between two rows in the order of their times, and of their ids where those are the same. */
export interface TimePosition {
  /** Microseconds since 1970, as Postgres keeps them; a `Date` would cut them off. */
  readonly micros: string;
  readonly id: string;
}

/** Which page a caller asks for: the one after a cursor, or the first. */
export interface PageInput<Position = TimePosition> {
  readonly cursor?: Position | undefined;
  readonly limit: number;
}

/** Microseconds until the year 2286, and a UUID. */
const CURSOR = /^(\d{1,16})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** A position in a list whose ids are UUIDs, as clients carry it from page to page. */
export function formatTimeCursor({ micros, id }: TimePosition): string {
  return `${micros}_${id}`;
}

/** Undefined if malformed. */
export function findTimePosition(cursor: string): TimePosition | undefined {
  const [, micros, id] = CURSOR.exec(cursor) ?? [];
  return micros !== undefined && id !== undefined ? { micros, id } : undefined;
}

/** What a caller sends as a cursor; VALIDATION for what `find` doesn't know. */
export function cursorInput<Position>(find: (cursor: string) => Position | undefined) {
  return z
    .string()
    .transform((cursor, context) => {
      const position = find(cursor);
      if (position) return position;
      context.addIssue('must be the nextCursor of an earlier page');
      return z.NEVER;
    })
    .optional();
}

/**
 * Reads one page of a list, newest first, and says where the next one begins: null on the last page. Rows
 * that are added meanwhile move no page.
 */
export async function readPage<
  Position extends TimePosition,
  Row extends { readonly position: Position },
>(
  { cursor, limit }: PageInput<Position>,
  list: (range: { before: Position | null; limit: number }) => Promise<readonly Row[]>,
  formatCursor: (position: Position) => string = formatTimeCursor,
): Promise<{ rows: Omit<Row, 'position'>[]; nextCursor: string | null }> {
  // One more than asked for tells whether there is another page.
  const found = await list({ before: cursor ?? null, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page.map(({ position: _, ...row }) => row),
    nextCursor: last && found.length > limit ? formatCursor(last.position) : null,
  };
}

/** The `micros` of a row, by a column that is a timestamptz. */
export function microsOf(column: string): RawBuilder<string> {
  return sql`(extract(epoch from ${sql.ref(column)}) * 1000000)::bigint::text`;
}

/** Whether a row comes before the position, by that column and its id. */
export function isBefore(
  column: string,
  { micros, id }: TimePosition,
  idType: 'uuid' | 'text',
): RawBuilder<boolean> {
  const at = sql`timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond'`;
  return sql`(${sql.ref(column)}, id) < (${at}, ${id}::${sql.raw(idType)})`;
}
