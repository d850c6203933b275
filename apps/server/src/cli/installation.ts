import { createSessionPool } from '@mana/db/client/session-settings';
import type { Database } from '@mana/db/schema/database';
import { Kysely, PostgresDialect } from 'kysely';
import type { Config } from '../config/config.ts';
import { ConfigurationError } from '../config/config.ts';
import { forgetPostgresVariables } from '../config/env.ts';
import type { AppSecrets } from '../secrets/app-secrets.ts';
import { createAppSecrets } from '../secrets/app-secrets.ts';
import { findDevelopmentSecret } from '../start/development-secret.ts';
import { embeddedFolder } from '../start/open-database.ts';

// What the commands work on: the database and the secrets of the server that is installed here.

const CONNECT_TIMEOUT_MS = 5000;

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
  forgetPostgresVariables();
  const folder = embeddedFolder(config);
  const running = await findRunningEmbeddedPostgres(folder);
  if (!running) {
    throw new DatabaseNotFoundError(
      `No embedded database is running in ${folder}: start the server first, or set MANA_DATA_DIR or DATABASE_URL to what it uses.`,
    );
  }
  return running;
}

/** Opens one connection for `work`, and closes it afterwards, also if `work` fails. */
export async function withDatabase<T>(
  url: string,
  work: (db: Kysely<Database>) => Promise<T>,
): Promise<T> {
  const pool = createSessionPool({
    isUnlimited: true,
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // If an idle connection is lost, the next statement reports it.
  pool.on('error', () => undefined);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/** The secrets that the server here uses. Throws `ConfigurationError` if it has none yet; generates none. */
export async function findAppSecrets(
  config: Pick<Config, 'secret' | 'acceptedSecrets' | 'dataDir'>,
): Promise<AppSecrets> {
  const secret = config.secret ?? (await findDevelopmentSecret(config.dataDir));
  if (secret === undefined) {
    throw new ConfigurationError([
      `MANA_AUTH_SECRET is not set, and there is no development secret in ${config.dataDir}: set MANA_AUTH_SECRET, or MANA_DATA_DIR, to what the server uses`,
    ]);
  }
  return createAppSecrets(secret, config.acceptedSecrets);
}
