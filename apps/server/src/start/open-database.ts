import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Config } from '../config/config.ts';
import { parseDatabaseUrl } from '../config/database-address.ts';
import { forgetPostgresVariables } from '../config/env.ts';
import { reasonOf } from '../logging/error-reason.ts';
import type { Log } from '../logging/log.ts';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5000;
/** How long the start waits for one connection, and for a first answer on it. */
export const CONNECT_TIMEOUT_MS = 5000;

/** A database that answers. The addresses are secret. */
export interface OpenDatabase {
  readonly appUrl: string;
  /** Null if this server can't migrate. */
  readonly ownerUrl: string | null;
  /** For people: where the database is, without a password. */
  readonly description: string;
  /** Stops Postgres if we started it. */
  close(): Promise<void>;
}

/** The folder of the embedded Postgres. */
export function embeddedFolder(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'postgres');
}

/**
 * Opens the configured database, or starts the embedded one. Waits for a configured one that doesn't answer,
 * and passes each reason to `onWait`. Throws when `signal` ends the wait.
 */
export async function openDatabase(
  config: Config,
  { log, onWait, signal }: { log: Log; onWait: (reason: string) => void; signal: AbortSignal },
): Promise<OpenDatabase> {
  if (config.databaseUrl === null) return openEmbedded(config);

  const description = describeAddress(config.databaseUrl);
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
    try {
      await tryConnection(config.databaseUrl);
      if (config.migrationDatabaseUrl) await tryConnection(config.migrationDatabaseUrl);
      break;
    } catch (error) {
      const reason = reasonOf(error);
      const sentence = `waiting for the database at ${description}: ${reason}`;
      log.warn({ err: error }, sentence);
      onWait(sentence);
      await delay(wait, undefined, { signal });
    }
  }
  return {
    appUrl: config.databaseUrl,
    // In development one address may serve both roles.
    ownerUrl: config.migrationDatabaseUrl ?? (config.isProduction ? null : config.databaseUrl),
    description,
    close: async () => undefined,
  };
}

/** The code that runs Postgres is loaded only here: production never loads it. */
async function openEmbedded(config: Config): Promise<OpenDatabase> {
  const { startEmbeddedPostgres } = await import('@mana/db/embedded/start');
  forgetPostgresVariables();
  const folder = embeddedFolder(config);
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  return {
    appUrl: postgres.appUrl,
    ownerUrl: postgres.ownerUrl,
    description: `embedded Postgres in ${folder}, ${describeAddress(postgres.appUrl)}`,
    close: () => postgres.stop(),
  };
}

async function tryConnection(connectionString: string): Promise<void> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

function describeAddress(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url);
  return `${host}:${port}/${database}`;
}
