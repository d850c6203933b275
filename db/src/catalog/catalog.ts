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

/** Does the work with `pg_catalog` alone on the search path: all other names are then qualified. */
export async function withCatalogPath<DB, T>(
  trx: Transaction<DB>,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await sql<{ path: string }>`
    select current_setting('search_path') as path
  `.execute(trx);
  await sql`select set_config('search_path', 'pg_catalog', true)`.execute(trx);
  const result = await work();
  await sql`select set_config('search_path', ${rows[0]?.path ?? ''}, true)`.execute(trx);
  return result;
}
