import type { Config } from '../config/config.ts';
import { embeddedFolder } from '../start/open-database.ts';

/** No database is in use here. The message says what to do. */
export class DatabaseNotFoundError extends Error {
  override readonly name = 'DatabaseNotFoundError';
}

/** The addresses of the database in use. Secret. Throws `DatabaseNotFoundError`; starts nothing. */
export async function findDatabaseAddresses(
  config: Config,
): Promise<{ appUrl: string; ownerUrl: string }> {
  if (config.databaseUrl !== null) {
    const ownerUrl = config.migrationDatabaseUrl ?? config.databaseUrl;
    return { appUrl: config.databaseUrl, ownerUrl };
  }
  const { findRunningEmbeddedPostgres } = await import('@mana/db/embedded/find-running');
  const folder = embeddedFolder(config);
  const running = await findRunningEmbeddedPostgres(folder);
  if (!running) {
    throw new DatabaseNotFoundError(
      `No embedded database runs in ${folder}: start the server first, or set MANA_DATA_DIR or DATABASE_URL to what it uses.`,
    );
  }
  return running;
}
