import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { FaultTrace } from './fault-trace.ts';

/**
 * The pool in the form that Kysely expects, with every access to the database traced: taking a
 * connection and each statement, `begin`, `commit` and `rollback` included.
 *
 * A connection whose state is unknown (it was lost, or a statement ran out of time) is closed instead
 * of returned to the pool, and refuses further statements at once, so that nothing waits behind it.
 */
export function createTracedPool(pool: Pool, trace: FaultTrace): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      try {
        return traceClient(await pool.connect(), trace);
      } catch (error) {
        trace.record('acquire', error);
        throw error;
      }
    },
  };
}

function traceClient(client: PoolClient, trace: FaultTrace): PostgresPoolClient {
  let broken: unknown;

  function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(statement: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof statement !== 'string')
      throw new Error('Streaming is not traced, so it is not offered');
    return run(statement, parameters);
  }

  async function run(sql: string, parameters: readonly unknown[]) {
    try {
      if (broken) throw broken;
      return await client.query(sql, [...parameters]);
    } catch (error) {
      if (!wasAnsweredByPostgres(error)) broken ??= error;
      trace.record('query', error);
      throw error;
    }
  }

  return {
    query,
    release: (destroy) => client.release(destroy === true || broken !== undefined),
  };
}

/** An error that Postgres sent in reply to one statement leaves the connection usable. */
function wasAnsweredByPostgres(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}
