import { Kysely, PostgresDialect } from 'kysely';
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
