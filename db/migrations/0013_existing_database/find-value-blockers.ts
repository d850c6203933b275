import { sql } from 'kysely';
import type { ColumnChange } from './decide-columns.ts';
import { shape, shapeEnums } from './shape.ts';
import { countRows, findLiveName, findRows, type TableContext } from './table-context.ts';

/** Rows without a value where one is required and no default can stand in for it. */
export async function findNullBlockers(context: TableContext): Promise<string[]> {
  const { table, changes } = context;
  const blockers: string[] = [];
  for (const { column, from, to } of changes.changed) {
    if (!from.nullable || to.nullable || to.default !== null) continue;
    const rows = await findRows(context, `${findLiveName(context, column)} is null`);
    if (rows) blockers.push(`${table}: ${rows} without ${column}: give each one, or delete it`);
  }
  for (const column of changes.added) {
    const wanted = shape[table]?.columns[column];
    if (!wanted || wanted.nullable || wanted.default !== null) continue;
    if (await findRows(context, 'true')) {
      blockers.push(
        `${table} lacks the column ${column}, which nothing can stand in for: add it with a value for each row`,
      );
    }
  }
  return blockers;
}

/** Values that don't fit the new type. */
export async function findValueBlockers(context: TableContext): Promise<string[]> {
  const blockers: string[] = [];
  for (const change of context.changes.changed) {
    if (change.using === undefined) continue;
    if (change.to.type.startsWith('auth.')) {
      blockers.push(...(await findForeignLabels(context, change)));
    }
    if (change.to.type === 'jsonb' && change.from.type !== 'json') {
      blockers.push(...(await findBrokenJson(context, change)));
    }
  }
  return blockers;
}

async function findForeignLabels(
  { db, table }: TableContext,
  { column, to }: ColumnChange,
): Promise<string[]> {
  const labels = shapeEnums[to.type.replace('auth.', '')] ?? [];
  const { rows } = await sql<{ value: string; n: string }>`
    select ${sql.ref(column)}::text as value, count(*) as n from ${sql.table(table)}
    where ${sql.ref(column)}::text not in (${sql.join(labels)}) group by 1 order by 1
  `.execute(db);
  return rows.map(
    ({ value, n }) =>
      `${table}.${column} is ${value} in ${countRows(Number(n))}: make it one of ${labels.join(', ')}`,
  );
}

/** Parsed here, because only newer versions of Postgres can check JSON without an error. */
async function findBrokenJson(
  { db, table }: TableContext,
  { column }: ColumnChange,
): Promise<string[]> {
  const { rows } = await sql<{ value: string }>`
    select ${sql.ref(column)} as value from ${sql.table(table)}
    where btrim(${sql.ref(column)}) <> ''
  `.execute(db);
  const broken = rows.filter(({ value }) => !isJson(value));
  return broken.length === 0
    ? []
    : [
        `${table}.${column} is no JSON in ${countRows(broken.length)}, first ${broken[0]?.value}: correct or empty it`,
      ];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
