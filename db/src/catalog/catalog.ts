import { type Kysely, sql, type Transaction } from 'kysely';
import { catalogQuery } from './catalog-query.ts';
import type { Catalog, CatalogRoles } from './catalog-types.ts';

/**
 * Reads the live catalog, the same from every PostgreSQL since 14, from any role, whatever the search
 * path. One query in a transaction of its own, so `db` must not be a transaction.
 */
export async function readCatalog<DB>(db: Kysely<DB>, roles: CatalogRoles): Promise<Catalog> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute((trx) => readCatalogInside(trx, roles));
}

/** The same inside a transaction that goes on; its search path stays as it was. */
export async function readCatalogInside<DB>(
  trx: Transaction<DB>,
  roles: CatalogRoles,
): Promise<Catalog> {
  return withCatalogPath(trx, async () => {
    const { rows } = await catalogQuery(roles).execute(trx);
    const row = rows[0];
    if (!row) throw new Error('The catalog query returned no row');
    return row.catalog;
  });
}

/**
 * Does the work with `pg_catalog` alone on the search path, so that all other names are qualified, and with
 * the settings that decide how Postgres reads and spells definitions. Behind a pooler no session has them.
 */
export async function withCatalogPath<DB, T>(
  trx: Transaction<DB>,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await sql<Settings>`
    select current_setting('search_path') as path,
      current_setting('quote_all_identifiers') as quotes,
      current_setting('standard_conforming_strings') as conforming
  `.execute(trx);
  await setLocally(trx, { path: 'pg_catalog', quotes: 'off', conforming: 'on' });
  const result = await work();
  if (rows[0]) await setLocally(trx, rows[0]);
  return result;
}

interface Settings {
  readonly path: string;
  readonly quotes: string;
  readonly conforming: string;
}

async function setLocally<DB>(
  trx: Transaction<DB>,
  { path, quotes, conforming }: Settings,
): Promise<void> {
  await sql`
    select set_config('search_path', ${path}, true),
      set_config('quote_all_identifiers', ${quotes}, true),
      set_config('standard_conforming_strings', ${conforming}, true)
  `.execute(trx);
}
