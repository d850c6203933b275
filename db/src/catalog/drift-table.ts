import type { ColumnCatalog, PolicyCatalog, TableCatalog } from './catalog-types.ts';
import { diffColumns } from './drift-columns.ts';
import { alters, type Difference, diffGrants, diffNamed, diffOwner, extra } from './drift-lines.ts';

/** The differences of one table that exists on both sides. */
export function findTableDrift(
  table: string,
  expected: TableCatalog,
  live: TableCatalog,
): Difference[] {
  const isUnique = (definition: string) => definition.startsWith('CREATE UNIQUE ');
  return [
    ...diffOwner(table, expected.owner, live.owner),
    ...diffColumns(table, expected.columns, live.columns),
    ...diffDefinitions(table, 'constraint', expected.constraints, live.constraints, {
      isExtra: (definition) => !mentions(definition.split(' REFERENCES ')[0], expected.columns),
    }),
    ...diffDefinitions(table, 'index', expected.indexes, live.indexes, {
      isExtra: (definition) =>
        !isUnique(definition) || !mentions(definition.split(' USING ')[1], expected.columns),
      isUnneeded: (...definitions) => !definitions.some(isUnique),
    }),
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

interface Harmless {
  /** Whether an additional one refuses and changes none of our rows. */
  readonly isExtra?: (definition: string) => boolean;
  /** Whether we only lose speed without it. */
  readonly isUnneeded?: (...definitions: readonly string[]) => boolean;
}

function diffDefinitions(
  table: string,
  kind: string,
  expected: Readonly<Record<string, string>>,
  live: Readonly<Record<string, string>>,
  { isExtra = () => false, isUnneeded = () => false }: Harmless = {},
): Difference[] {
  const unless = (isHarmless: boolean) => (isHarmless ? extra : alters);
  return diffNamed(expected, live, {
    missing: (name, wanted) =>
      unless(isUnneeded(wanted))(`${table}: ${kind} ${name} missing (${wanted})`),
    unexpected: (name, found) =>
      unless(isExtra(found))(`${table}: ${kind} ${name} unexpected (${found})`),
    changed: (name, wanted, found) =>
      wanted === found
        ? []
        : [
            unless(isUnneeded(wanted, found))(
              `${table}: ${kind} ${name} is (${found}), expected (${wanted})`,
            ),
          ],
  });
}

/** Whether a part of a definition may be about one of our columns. */
function mentions(
  definition: string | undefined,
  columns: Readonly<Record<string, ColumnCatalog>>,
): boolean {
  return Object.keys(columns).some((name) => RegExp(`\\b${name}\\b`).test(definition ?? ''));
}

function diffRowSecurity(
  table: string,
  expected: TableCatalog['rowSecurity'],
  live: TableCatalog['rowSecurity'],
): Difference[] {
  const found: Difference[] = [];
  if (live.enabled !== expected.enabled) {
    const state = (enabled: boolean) => (enabled ? 'enabled' : 'disabled');
    found.push(
      alters(
        `${table}: row-level security is ${state(live.enabled)}, expected ${state(expected.enabled)}`,
      ),
    );
  }
  if (live.forced !== expected.forced) {
    const state = (forced: boolean) => (forced ? 'forced' : 'not forced');
    found.push(
      alters(
        `${table}: row-level security is ${state(live.forced)}, expected ${state(expected.forced)}`,
      ),
    );
  }
  return found;
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
