import { type Kysely, sql } from 'kysely';
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
    .execute(async (trx) => {
      // Names of other schemas are spelled out only while those aren't on the search path.
      await sql`set local search_path = pg_catalog`.execute(trx);
      const { rows } = await catalogQuery(roles).execute(trx);
      const row = rows[0];
      if (!row) throw new Error('The catalog query answered no row');
      return row.catalog;
    });
}
