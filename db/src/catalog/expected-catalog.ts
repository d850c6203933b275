import type { Catalog } from './catalog-types.ts';
import expected from './expected-catalog.json' with { type: 'json' };

/** The catalog that the migrations make, generated from a freshly migrated database. */
export const expectedCatalog: Catalog = expected;

/** Each expected table's columns in order, by the table's qualified name. */
export const expectedColumns: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(expectedCatalog.tables).map(([name, table]) => [name, Object.keys(table.columns)]),
);
