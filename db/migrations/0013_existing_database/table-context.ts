import { type Kysely, sql } from 'kysely';
import type { Conversion } from './decide-conversion.ts';
import type { Live } from './live-types.ts';

/** How many rows one sentence names. */
const SHOWN = 5;

/** A table of the database, and what will change in it. */
export interface TableContext {
  readonly db: Kysely<unknown>;
  readonly table: string;
  readonly live: Live;
  readonly changes: Conversion['tables'] extends ReadonlyMap<string, infer Changes>
    ? Changes
    : never;
}

/** How many rows a condition finds and the first of them, in words; undefined for none. */
export async function findRows(
  { db, table, live }: TableContext,
  condition: string,
): Promise<string | undefined> {
  const key = 'id' in (live.tables[table]?.columns ?? {}) ? 'id' : 'user_id';
  const { rows } = await sql<{ key: string; n: string }>`
    select ${sql.ref(key)}::text as key, count(*) over () as n from ${sql.table(table)}
    where ${sql.raw(condition)} order by 1 limit ${sql.lit(SHOWN)}
  `.execute(db);
  const [first] = rows;
  if (!first) return undefined;
  const more = Number(first.n) > rows.length ? ', …' : '';
  return `${countRows(Number(first.n))} (${key} ${rows.map((row) => row.key).join(', ')}${more})`;
}

/** `1 row`, `2 rows`. */
export function countRows(n: number): string {
  return n === 1 ? '1 row' : `${n} rows`;
}

/** What the database calls one of our columns before the migration; undefined where it isn't there. */
export function findLiveName(
  { table, live, changes }: TableContext,
  column: string,
): string | undefined {
  const name = changes.renamed.find(([, to]) => to === column)?.[0] ?? column;
  return name in (live.tables[table]?.columns ?? {}) ? name : undefined;
}
