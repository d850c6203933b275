import type { Kysely } from 'kysely';
import { readCatalog } from './catalog.ts';
import type { Catalog, CatalogRoles, Grants } from './catalog-types.ts';
import {
  alters,
  breaks,
  type Difference,
  diffGrants,
  diffNamed,
  diffOwner,
  extra,
} from './drift-lines.ts';
import { findTableDrift } from './drift-table.ts';
import { expectedCatalog } from './expected-catalog.ts';

/** One line for each difference, in the same order every time. */
export interface Drift {
  /** This code can't be served by such a database, or its guarantees don't hold on it. */
  readonly problems: readonly string[];
  /** For the operator to know. */
  readonly warnings: readonly string[];
}

/**
 * Compares the live database with the schema that this code expects. Of a database that a newer version
 * migrated, what alters the schema is its business, and only what breaks this code is a problem.
 */
export async function checkDrift<DB>(
  db: Kysely<DB>,
  roles: CatalogRoles,
  { isNewer = false }: { readonly isNewer?: boolean } = {},
): Promise<Drift> {
  const live = await readCatalog(db, roles);
  const hasApp = roles.app !== null && roles.app !== roles.owner;
  const found = findDrift(hasApp ? expectedCatalog : withoutApp(expectedCatalog), live);
  const isProblem = ({ effect }: Difference) =>
    effect === 'breaks' || (effect === 'alters' && !isNewer);
  return {
    problems: found.filter(isProblem).map(({ line }) => line),
    warnings: found.filter((one) => !isProblem(one)).map(({ line }) => line),
  };
}

function findDrift(expected: Catalog, live: Catalog): Difference[] {
  return [
    ...diffNamed(expected.schemas, live.schemas, {
      missing: (name) => breaks(`${name}: schema missing`),
      unexpected: (name) => extra(`${name}: schema unexpected`),
      changed: (name, wanted, found) => diffGrants(name, wanted.grants, found.grants),
    }),
    ...findEnumDrift(expected.enums, live.enums),
    ...diffNamed(expected.functions, live.functions, {
      missing: (name) => breaks(`${name}: function missing`),
      unexpected: (name) => extra(`${name}: function unexpected`),
      changed: (name, wanted, found) => [
        ...diffOwner(name, wanted.owner, found.owner),
        ...(wanted.definition === found.definition
          ? []
          : [
              alters(`${name}: function is (${found.definition}), expected (${wanted.definition})`),
            ]),
        ...diffGrants(name, wanted.grants, found.grants),
      ],
    }),
    ...diffNamed(expected.tables, live.tables, {
      missing: (name) => breaks(`${name}: table missing`),
      unexpected: (name) => extra(`${name}: table unexpected`),
      changed: findTableDrift,
    }),
    ...diffNamed(expected.views, live.views, {
      missing: (name) => breaks(`${name}: view missing`),
      unexpected: (name, found) => extra(`${name}: view unexpected (${found})`),
      changed: (name, wanted, found) =>
        wanted === found ? [] : [alters(`${name}: view is (${found}), expected (${wanted})`)],
    }),
    ...diffNamed(expected.sequences, live.sequences, {
      missing: (name) => breaks(`${name}: sequence missing`),
      unexpected: (name) => extra(`${name}: sequence unexpected`),
      changed: (name, wanted, found) => [
        ...diffOwner(name, wanted.owner, found.owner),
        ...diffGrants(name, wanted.grants, found.grants),
      ],
    }),
  ];
}

function findEnumDrift(expected: Catalog['enums'], live: Catalog['enums']): Difference[] {
  const labels = (values: readonly string[]) => `(${values.join(', ')})`;
  return diffNamed(expected, live, {
    missing: (name, wanted) => {
      const elsewhere = findInOtherSchema(name, expected, live);
      return breaks(
        elsewhere
          ? `${name}: enum missing, columns use ${elsewhere} instead`
          : `${name}: enum missing ${labels(wanted)}`,
      );
    },
    unexpected: (name, found) => extra(`${name}: enum unexpected ${labels(found)}`),
    changed: (name, wanted, found) => {
      if (labels(wanted) === labels(found)) return [];
      const known = found.filter((label) => wanted.includes(label));
      const effect = labels(known) === labels(wanted) ? extra : breaks;
      return [effect(`${name}: enum is ${labels(found)}, expected ${labels(wanted)}`)];
    },
  });
}

function findInOtherSchema(
  name: string,
  expected: Catalog['enums'],
  live: Catalog['enums'],
): string | undefined {
  const bareName = name.slice(name.indexOf('.'));
  return Object.keys(live).find((other) => other.endsWith(bareName) && !(other in expected));
}

/** The expected catalog where the owner serves requests itself. */
function withoutApp(catalog: Catalog): Catalog {
  const others = (grants: Grants): Grants => {
    const { app: _, ...rest } = grants;
    return rest;
  };
  const mapValues = <T>(record: Readonly<Record<string, T>>, change: (value: T) => T) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

  return {
    schemas: mapValues(catalog.schemas, (schema) => ({ grants: others(schema.grants) })),
    enums: catalog.enums,
    functions: mapValues(catalog.functions, (one) => ({ ...one, grants: others(one.grants) })),
    views: catalog.views,
    tables: mapValues(catalog.tables, (table) => ({
      ...table,
      grants: others(table.grants),
      policies: mapValues(table.policies, (policy) => ({
        ...policy,
        roles: policy.roles.filter((role) => role !== 'app'),
      })),
    })),
    sequences: mapValues(catalog.sequences, (sequence) => ({
      ...sequence,
      grants: others(sequence.grants),
    })),
  };
}
