import { type Kysely, sql } from 'kysely';
import { migrations } from '../../migrations/index.ts';

/** How the name of a migration ends after which versions that don't know it can't serve the database. */
const BREAKS_OLDER = '_breaks_older';

/** The migrations that this database remembers. Works as the plain role too. */
export async function findExecuted<DB>(db: Kysely<DB>): Promise<string[]> {
  const table = await sql`
    select 1
    from pg_catalog.pg_class as class
    join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
    where namespace.nspname = 'auth' and class.relname = 'kysely_migration'
  `.execute(db);
  if (table.rows.length === 0) return [];

  const executed = await sql<{ name: string }>`
    select name from auth.kysely_migration order by name collate "C"
  `.execute(db);
  return executed.rows.map((row) => row.name);
}

/** The migrations that weren't executed, in order. */
export function findPending(executed: readonly string[]): string[] {
  return Object.keys(migrations).filter((name) => !executed.includes(name));
}

/** The executed migrations of a newer version, which this one doesn't know. */
export function findUnknown(executed: readonly string[]): string[] {
  return executed.filter((name) => !(name in migrations));
}

/** Those of them that this version can't serve. */
export function findBreaking(executed: readonly string[]): string[] {
  return findUnknown(executed).filter((name) => name.endsWith(BREAKS_OLDER));
}
