import type { Catalog } from '../src/catalog/catalog-types.ts';
import { renderSchema } from './render-schema.ts';

interface SchemaFile {
  readonly url: URL;
  render(catalog: Catalog): string;
}

/** The committed files that are made from the catalog of a freshly migrated database. */
export const schemaFiles: readonly SchemaFile[] = [
  {
    url: new URL('../src/catalog/expected-catalog.json', import.meta.url),
    render: (catalog) => `${JSON.stringify(catalog, null, 2)}\n`,
  },
  { url: new URL('../schema.sql', import.meta.url), render: renderSchema },
];
