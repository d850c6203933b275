import type { ColumnCatalog, PolicyCatalog, TableCatalog } from './catalog-types.ts';
import { diffGrants, diffNamed, diffOwner } from './drift-lines.ts';

/** The lines for one table that exists on both sides. */
export function findTableDrift(
  table: string,
  expected: TableCatalog,
  live: TableCatalog,
): string[] {
  return [
    ...diffOwner(table, expected.owner, live.owner),
    ...diffNamed(expected.columns, live.columns, {
      missing: (name, column) => `${table}.${name}: column missing ${describeColumn(column)}`,
      unexpected: (name, column) => `${table}.${name}: column unexpected ${describeColumn(column)}`,
      changed: (name, wanted, found) => diffColumn(`${table}.${name}`, wanted, found),
    }),
    ...diffDefinitions(table, 'constraint', expected.constraints, live.constraints),
    ...diffDefinitions(table, 'index', expected.indexes, live.indexes),
    ...diffDefinitions(table, 'trigger', expected.triggers, live.triggers),
    ...diffDefinitions(table, 'rule', expected.rules, live.rules),
    ...diffRowSecurity(table, expected.rowSecurity, live.rowSecurity),
    ...diffDefinitions(
      table,
      'policy',
      describePolicies(expected.policies),
      describePolicies(live.policies),
    ),
    ...diffGrants(table, expected.grants, live.grants),
  ];
}

function describeColumn(column: ColumnCatalog): string {
  const parts = [column.type, describeNullability(column)];
  if (column.default !== null) parts.push(`default ${column.default}`);
  return `(${parts.join(', ')})`;
}

function describeNullability(column: ColumnCatalog): string {
  return column.nullable ? 'nullable' : 'not null';
}

function diffColumn(name: string, expected: ColumnCatalog, live: ColumnCatalog): string[] {
  const lines: string[] = [];
  if (live.type !== expected.type) {
    lines.push(`${name}: type is ${live.type}, expected ${expected.type}`);
  }
  if (live.nullable !== expected.nullable) {
    lines.push(
      `${name}: is ${describeNullability(live)}, expected ${describeNullability(expected)}`,
    );
  }
  if (live.default !== expected.default) {
    lines.push(
      `${name}: default is ${live.default ?? 'none'}, expected ${expected.default ?? 'none'}`,
    );
  }
  return lines;
}

function diffDefinitions(
  table: string,
  kind: string,
  expected: Readonly<Record<string, string>>,
  live: Readonly<Record<string, string>>,
): string[] {
  return diffNamed(expected, live, {
    missing: (name, wanted) => `${table}: ${kind} ${name} missing (${wanted})`,
    unexpected: (name, found) => `${table}: ${kind} ${name} unexpected (${found})`,
    changed: (name, wanted, found) =>
      wanted === found ? [] : [`${table}: ${kind} ${name} is (${found}), expected (${wanted})`],
  });
}

function diffRowSecurity(
  table: string,
  expected: TableCatalog['rowSecurity'],
  live: TableCatalog['rowSecurity'],
): string[] {
  const lines: string[] = [];
  if (live.enabled !== expected.enabled) {
    const state = (enabled: boolean) => (enabled ? 'enabled' : 'disabled');
    lines.push(
      `${table}: row-level security is ${state(live.enabled)}, expected ${state(expected.enabled)}`,
    );
  }
  if (live.forced !== expected.forced) {
    const state = (forced: boolean) => (forced ? 'forced' : 'not forced');
    lines.push(
      `${table}: row-level security is ${state(live.forced)}, expected ${state(expected.forced)}`,
    );
  }
  return lines;
}

function describePolicies(
  policies: Readonly<Record<string, PolicyCatalog>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(policies).map(([name, { kind, command, roles, using, check }]) => [
      name,
      `${kind}, for ${command}, to ${roles.join(' and ')}, using ${using ?? 'none'}, check ${check ?? 'none'}`,
    ]),
  );
}
