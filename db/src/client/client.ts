import { Kysely, PostgresDialect } from 'kysely';
import { NamedColumnsPlugin } from '../named-columns/named-columns.ts';
import type { Database } from '../schema/database.ts';
import type { FaultTrace } from './fault-trace.ts';
import { createSessionPool } from './session-settings.ts';
import { createTracedPool } from './traced-pool.ts';

/** How a process connects to Postgres, and who is told of faults. */
export interface DatabaseClientOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly maxConnections: number;
  /** How long one request waits for a connection, new or from the pool. */
  readonly acquireTimeoutMs: number;
  /** How long one statement may run; Postgres is told to cancel it slightly earlier. */
  readonly statementTimeoutMs: number;
  readonly trace: FaultTrace;
  /** Called for a connection that was lost while idle. Nothing failed; the pool opens new ones. */
  readonly onConnectionLost: (error: Error) => void;
}

/** A database and the way to close it. */
export interface DatabaseClient {
  readonly db: Kysely<Database>;
  /** Waits for the connections in use, then closes them all. */
  close(): Promise<void>;
}

/**
 * Opens a pool to Postgres whose faults are traced and whose statements name their columns.
 * Connects on first use: creating it neither waits nor fails.
 */
export function createDatabaseClient(options: DatabaseClientOptions): DatabaseClient {
  const pool = createSessionPool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    statement_timeout: Math.ceil(options.statementTimeoutMs * 0.9),
    query_timeout: options.statementTimeoutMs,
    keepAlive: true,
  });
  pool.on('error', options.onConnectionLost);
  // A connection lost while in use emits an error, too. Its statement reports it, but without a listener
  // Node would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: createTracedPool(pool, options.trace) }),
    plugins: [new NamedColumnsPlugin()],
  });
  return { db, close: () => db.destroy() };
}
