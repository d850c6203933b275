import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { migrations } from '../migrations/index.ts';
import { applyAccess } from './access.ts';

/** Any number that nobody else locks; Kysely's own lock begins later than we need ours. */
const MIGRATION_LOCK = 7_261_350_412;

export interface MigrateOptions<DB> {
  /** As the owner, without a time limit for statements, and not through a transaction pooler. */
  readonly db: Kysely<DB>;
  /** The plain role that serves requests; null where the owner serves them itself. */
  readonly appRole: string | null;
}

/**
 * Brings the database to the newest schema and its access rules, and answers the migrations that this
 * call ran. Any number of processes may call it at once: one works, the others wait and find it done.
 * Safe to repeat. A failing migration leaves none of this call's migrations behind and is thrown.
 */
export async function migrateToLatest<DB>(
  options: MigrateOptions<DB>,
): Promise<{ applied: string[] }> {
  return options.db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${sql.lit(MIGRATION_LOCK)})`.execute(connection);
    try {
      const applied = await runMigrations(connection);
      await applyAccess(connection, options.appRole);
      return { applied };
    } finally {
      await sql`select pg_advisory_unlock(${sql.lit(MIGRATION_LOCK)})`.execute(connection);
    }
  });
}

/** The migrations that this database hasn't seen, in order. Works as the plain role too. */
export async function pendingMigrations<DB>(db: Kysely<DB>): Promise<string[]> {
  const executed = new Set(await findExecutedMigrations(db));
  return Object.keys(migrations).filter((name) => !executed.has(name));
}

async function runMigrations<DB>(connection: Kysely<DB>): Promise<string[]> {
  const migrator = new Migrator({
    db: connection,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: 'auth',
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  const failed = results.find((result) => result.status === 'Error');
  if (failed) throw new Error(`Migration ${failed.migrationName} failed`, { cause: error });
  if (error) throw error;
  return results.map((result) => result.migrationName);
}

async function findExecutedMigrations<DB>(db: Kysely<DB>): Promise<string[]> {
  const table = await sql`
    select 1
    from pg_catalog.pg_class as class
    join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
    where namespace.nspname = 'auth' and class.relname = 'kysely_migration'
  `.execute(db);
  if (table.rows.length === 0) return [];

  const executed = await sql<{ name: string }>`select name from auth.kysely_migration`.execute(db);
  return executed.rows.map((row) => row.name);
}
