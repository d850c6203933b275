import type { ColumnCatalog } from './catalog-types.ts';
import { alters, breaks, type Difference, diffNamed, extra } from './drift-lines.ts';

type Columns = Readonly<Record<string, ColumnCatalog>>;

/** The differences of a table's columns. One that our inserts don't fill must get its value by itself. */
export function diffColumns(table: string, expected: Columns, live: Columns): Difference[] {
  return diffNamed(expected, live, {
    missing: (name, column) => breaks(`${table}.${name}: column missing ${describeColumn(column)}`),
    unexpected: (name, column) =>
      effectOfUnknown(column)(`${table}.${name}: column unexpected ${describeColumn(column)}`),
    changed: (name, wanted, found) => diffColumn(`${table}.${name}`, wanted, found),
  });
}

function effectOfUnknown({ nullable, default: value }: ColumnCatalog) {
  // Drawing from a sequence takes a right that only whoever made it can grant.
  if (value?.startsWith('nextval(')) return alters;
  return nullable || value !== null ? extra : breaks;
}

function diffColumn(name: string, expected: ColumnCatalog, live: ColumnCatalog): Difference[] {
  const found: Difference[] = [];
  if (live.type !== expected.type) {
    found.push(breaks(`${name}: type is ${live.type}, expected ${expected.type}`));
  }
  if (live.nullable !== expected.nullable) {
    const effect = live.nullable ? extra : breaks;
    found.push(
      effect(`${name}: is ${describeNullability(live)}, expected ${describeNullability(expected)}`),
    );
  }
  if (live.default !== expected.default) {
    found.push(
      alters(
        `${name}: default is ${live.default ?? 'none'}, expected ${expected.default ?? 'none'}`,
      ),
    );
  }
  return found;
}

function describeColumn(column: ColumnCatalog): string {
  const parts = [column.type, describeNullability(column)];
  if (column.default !== null) parts.push(`default ${column.default}`);
  return `(${parts.join(', ')})`;
}

function describeNullability(column: ColumnCatalog): string {
  return column.nullable ? 'nullable' : 'not null';
}
