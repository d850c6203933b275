import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { FaultTrace } from './fault-trace.ts';

/** How often one connection may cast doubt on all others: a database that stays read-only is spared. */
const DISTRUST_PAUSE_MS = 1000;

/**
 * The pool in the form that Kysely expects, with every access to the database traced: taking a
 * connection and each statement, `begin`, `commit` and `rollback` included.
 *
 * A connection whose state is unknown (it was lost, or a statement ran out of time) is closed instead
 * of returned to the pool, and refuses further statements at once, so that nothing waits behind it.
 *
 * So is one that Postgres says can't serve us, as after a failover that left it on a read-only server.
 * All that were opened before are then closed as well, once they are free: their reads still succeed, so
 * that nothing else would end them.
 */
export function createTracedPool(pool: Pool, trace: FaultTrace): PostgresPool {
  const openedAtMs = new WeakMap<PoolClient, number>();
  let doubtedAtMs = Number.NEGATIVE_INFINITY;
  /** The doubt that counts: the newest one, looked at once in a while. */
  let distrustedBeforeMs = doubtedAtMs;
  let nextLookMs = doubtedAtMs;
  pool.on('connect', (client) => openedAtMs.set(client as PoolClient, performance.now()));

  function isTrusted(client: PoolClient): boolean {
    const nowMs = performance.now();
    if (doubtedAtMs > distrustedBeforeMs && nowMs >= nextLookMs) {
      distrustedBeforeMs = doubtedAtMs;
      nextLookMs = nowMs + DISTRUST_PAUSE_MS;
    }
    return (openedAtMs.get(client) ?? nowMs) > distrustedBeforeMs;
  }

  function doubtAll(): void {
    doubtedAtMs = performance.now();
  }

  async function connect(): Promise<PoolClient> {
    for (;;) {
      const client = await pool.connect();
      if (isTrusted(client)) return client;
      client.release(true);
    }
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      try {
        return traceClient(await connect(), trace, { isTrusted, doubtAll });
      } catch (error) {
        trace.record('acquire', error);
        throw error;
      }
    },
  };
}

interface Trust {
  isTrusted(client: PoolClient): boolean;
  doubtAll(): void;
}

function traceClient(client: PoolClient, trace: FaultTrace, trust: Trust): PostgresPoolClient {
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
      if (!wasAnsweredByPostgres(error) || cannotServe(error)) broken ??= error;
      if (cannotServe(error)) trust.doubtAll();
      trace.record('query', error);
      throw error;
    }
  }

  return {
    query,
    release: (destroy) =>
      client.release(destroy === true || broken !== undefined || !trust.isTrusted(client)),
  };
}

/** An error that Postgres sent in reply to one statement leaves the connection usable. */
function wasAnsweredByPostgres(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}

/**
 * Postgres's word that another connection may do better: it accepts no writes (25006), is shutting down
 * or starting (57P01 to 57P05), or has lost touch (class 08).
 */
function cannotServe(error: unknown): boolean {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return false;
  return /^(25006|57P0[1-5]|08...)$/.test(String(error.code));
}
