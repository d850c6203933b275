import { createSessionPool } from '@mana/db/client/session-settings';
import { migrateToLatest } from '@mana/db/migrate/migrate';
import { Kysely, PostgresDialect } from 'kysely';
import { parseDatabaseUrl } from '../config/database-address.ts';
import type { Log } from '../logging/log.ts';
import { CONNECT_TIMEOUT_MS, type OpenDatabase } from './open-database.ts';

/** Migrates as the owner, if its address is configured. Any number of processes may do so at once. */
export async function migrateDatabase(
  { appUrl, ownerUrl }: Pick<OpenDatabase, 'appUrl' | 'ownerUrl'>,
  log: Log,
): Promise<void> {
  if (ownerUrl === null) {
    log.info('MIGRATION_DATABASE_URL is not set: migrations are left to the owner of the tables');
    return;
  }
  // No statement timeout: a migration takes its time, and so may waiting for another process.
  const pool = createSessionPool({
    connectionString: ownerUrl,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    isUnlimited: true,
  });
  pool.on('error', (error) => log.debug({ err: error }, 'an idle database connection was lost'));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const { applied } = await migrateToLatest({ db, appRole: roleOf(appUrl) });
    if (applied.length > 0) log.info({ applied }, 'database migrated');
  } finally {
    await db.destroy();
  }
}

/** The database role that an address signs in as. */
export function roleOf(url: string): string {
  return parseDatabaseUrl(url).user ?? '';
}
