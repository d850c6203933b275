import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresDialect,
  PostgresDriver,
} from 'kysely';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/** A connection for the running test, closed when that ends. It may be cut meanwhile. */
export function connectForTest(
  url: string,
  { max = 1, onStatement }: { max?: number; onStatement?: (statement: string) => void } = {},
): Kysely<unknown> {
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => onStatement?.(query.sql),
  });
  onTestFinished(() => db.destroy());
  return db;
}

/** A single connection for a test file, which closes it. It may be cut meanwhile. */
export function connect(url: string): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool: createPool(url) }) });
}

/**
 * The same with savepoints in place of transactions, so that a test which began one with `begin` can roll
 * back whatever happened.
 */
export function connectWithSavepoints(url: string): Kysely<unknown> {
  class SavepointDriver extends PostgresDriver {
    override beginTransaction(connection: DatabaseConnection): Promise<void> {
      return run(connection, 'savepoint inner_transaction');
    }
    override commitTransaction(connection: DatabaseConnection): Promise<void> {
      return run(connection, 'release savepoint inner_transaction');
    }
    override rollbackTransaction(connection: DatabaseConnection): Promise<void> {
      return run(connection, 'rollback to savepoint inner_transaction');
    }
  }
  const pool = createPool(url);
  class SavepointDialect extends PostgresDialect {
    override createDriver() {
      return new SavepointDriver({ pool });
    }
  }
  return new Kysely<unknown>({ dialect: new SavepointDialect({ pool }) });
}

async function run(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}

function createPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  return pool;
}
