import type { Kysely } from 'kysely';
import { readCatalog } from './catalog.ts';
import type { Catalog, CatalogRoles, Grants } from './catalog-types.ts';
import { diffGrants, diffNamed, diffOwner } from './drift-lines.ts';
import { findTableDrift } from './drift-table.ts';
import { expectedCatalog } from './expected-catalog.ts';

/** Compares the live database with the schema that this code expects; no line means no difference. */
export async function checkDrift<DB>(db: Kysely<DB>, roles: CatalogRoles): Promise<string[]> {
  const live = await readCatalog(db, roles);
  const hasApp = roles.app !== null && roles.app !== roles.owner;
  return findDrift(hasApp ? expectedCatalog : withoutApp(expectedCatalog), live);
}

/** One line for each difference, in the same order every time. Pure. */
function findDrift(expected: Catalog, live: Catalog): string[] {
  return [
    ...diffNamed(expected.schemas, live.schemas, {
      missing: (name) => `${name}: schema missing`,
      unexpected: (name) => `${name}: schema unexpected`,
      changed: (name, wanted, found) => diffGrants(name, wanted.grants, found.grants),
    }),
    ...findEnumDrift(expected.enums, live.enums),
    ...diffNamed(expected.functions, live.functions, {
      missing: (name) => `${name}: function missing`,
      unexpected: (name) => `${name}: function unexpected`,
      changed: (name, wanted, found) => [
        ...diffOwner(name, wanted.owner, found.owner),
        ...(wanted.definition === found.definition
          ? []
          : [`${name}: function is (${found.definition}), expected (${wanted.definition})`]),
        ...diffGrants(name, wanted.grants, found.grants),
      ],
    }),
    ...diffNamed(expected.tables, live.tables, {
      missing: (name) => `${name}: table missing`,
      unexpected: (name) => `${name}: table unexpected`,
      changed: findTableDrift,
    }),
    ...diffNamed(expected.views, live.views, {
      missing: (name) => `${name}: view missing`,
      unexpected: (name, found) => `${name}: view unexpected (${found})`,
      changed: (name, wanted, found) =>
        wanted === found ? [] : [`${name}: view is (${found}), expected (${wanted})`],
    }),
    ...diffNamed(expected.sequences, live.sequences, {
      missing: (name) => `${name}: sequence missing`,
      unexpected: (name) => `${name}: sequence unexpected`,
      changed: (name, wanted, found) => [
        ...diffOwner(name, wanted.owner, found.owner),
        ...diffGrants(name, wanted.grants, found.grants),
      ],
    }),
  ];
}

function findEnumDrift(expected: Catalog['enums'], live: Catalog['enums']): string[] {
  const labels = (values: readonly string[]) => `(${values.join(', ')})`;
  return diffNamed(expected, live, {
    missing: (name, wanted) => {
      const elsewhere = findInOtherSchema(name, expected, live);
      return elsewhere
        ? `${name}: enum missing, columns use ${elsewhere} instead`
        : `${name}: enum missing ${labels(wanted)}`;
    },
    unexpected: (name, found) => `${name}: enum unexpected ${labels(found)}`,
    changed: (name, wanted, found) =>
      labels(wanted) === labels(found)
        ? []
        : [`${name}: enum is ${labels(found)}, expected ${labels(wanted)}`],
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
