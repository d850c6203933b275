import type { Database } from '@mana/db/database';
import { checkDrift } from '@mana/db/drift';
import { pendingMigrations } from '@mana/db/migrate';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { readDatabaseRoles } from '../readiness/database-roles.ts';

/** One line for each migration that is pending and each difference from the expected schema. */
export async function checkDatabase(url: string): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 5000 });
  // A connection lost while idle: the next statement says so.
  pool.on('error', () => undefined);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    const pending = await pendingMigrations(db);
    const drift = await checkDrift(db, await readDatabaseRoles(db));
    return [...pending.map((name) => `migration ${name} is pending`), ...drift];
  } finally {
    await db.destroy();
  }
}
