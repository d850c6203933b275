import type { Live } from './live-types.ts';
import { shape } from './shape.ts';

/** Whether a column of ours draws its numbers from a sequence. */
export function isSerial(table: string, column: string): boolean {
  return shape[table]?.columns[column]?.default?.startsWith('nextval(') === true;
}

/**
 * Puts our sequence behind each such column of a table, whether its numbers came from an identity, from a
 * sequence of another name or from nowhere. No number is used twice. Pure.
 */
export function serialStatements(table: string, live: Live): string[] {
  const columns = Object.keys(shape[table]?.columns ?? {}).filter((name) => isSerial(table, name));
  return columns.flatMap((column) => {
    const from = live.tables[table]?.columns[column];
    const wanted = shape[table]?.columns[column]?.default;
    if (!from || !wanted || (from.default === wanted && !from.isIdentity)) return [];

    const [, sequence = ''] = /^nextval\('(.+)'::regclass\)$/.exec(wanted) ?? [];
    const bareName = sequence.slice(sequence.indexOf('.') + 1);
    const made = `${sequence}_made`;
    const former = from.sequence ?? findSequence(from.default);
    const used = former === null ? '0' : `(select last_value from ${former})`;
    const column_ = `alter table ${table} alter column ${column}`;
    const isInTheWay = live.sequences.includes(sequence) && former !== sequence;
    return [
      `create sequence ${made} as integer`,
      `do $$ begin
  perform setval('${made}', greatest((select max(${column}) from ${table}), ${used}, 0) + 1, false);
end $$`,
      from.isIdentity ? `${column_} drop identity` : `${column_} drop default`,
      ...(from.sequence !== null && !from.isIdentity ? [`drop sequence ${from.sequence}`] : []),
      ...(isInTheWay ? [`drop sequence ${sequence}`] : []),
      `alter sequence ${made} rename to ${bareName}`,
      `alter sequence ${sequence} owned by ${table}.${column}`,
      `${column_} set default ${wanted}`,
    ];
  });
}

function findSequence(expression: string | null): string | null {
  return /^nextval\('(.+)'::regclass\)$/.exec(expression ?? '')?.[1] ?? null;
}
