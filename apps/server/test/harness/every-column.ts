import { expectedCatalog } from '@mana/db/catalog/expected-catalog';

/** A column by the full name of its table. */
export interface Column {
  readonly table: string;
  readonly column: string;
}

/** Every column that the server has, table by table. */
export const everyColumn: readonly Column[] = Object.entries(expectedCatalog.tables).flatMap(
  ([table, { columns }]) =>
    table.includes('kysely') ? [] : Object.keys(columns).map((column) => ({ table, column })),
);
