import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  type FakePostgresManner,
  listenAsPostgres,
} from '../../../test/errors/fake-postgres.fixture.ts';
import { classifyFromError } from './classify-from-error.ts';

/** What the real pool throws when it queries a Postgres in the given trouble. */
async function failureOf(
  manner: FakePostgresManner,
  use: (pool: pg.Pool) => Promise<unknown>,
  settings: pg.PoolConfig = {},
): Promise<Error> {
  const server = await listenAsPostgres(manner);
  const address = { host: '127.0.0.1', port: server.port, user: 'mana', password: 'secret' };
  const pool = new pg.Pool({ ...address, ...settings });
  pool.on('error', () => {});
  try {
    await use(pool);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  } finally {
    if (!pool.ended) void pool.end();
    await server.close();
  }
  throw new Error('The call was expected to fail.');
}

const ask = (pool: pg.Pool) => pool.query('select 1');

describe('a real pg pool is recognised as infrastructure', () => {
  it('when the server accepts and says nothing', async () => {
    const error = await failureOf('silent', ask, { connectionTimeoutMillis: 100 });
    expect(error.message).toBe('Connection terminated due to connection timeout');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when all its connections are taken', async () => {
    const error = await failureOf(
      'never-answers',
      async (pool) => {
        const client = await pool.connect();
        try {
          await pool.connect();
        } finally {
          client.release(true);
        }
      },
      { max: 1, connectionTimeoutMillis: 1000 },
    );
    expect(error.message).toBe('timeout exceeded when trying to connect');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when the server hangs up, before the login and in mid-query', async () => {
    for (const manner of ['hangs-up', 'hangs-up-on-query'] as const) {
      const error = await failureOf(manner, ask);
      expect(error.message).toBe('Connection terminated unexpectedly');
      expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
    }
  });

  it('when a response takes longer than the limit', async () => {
    const error = await failureOf('never-answers', ask, { query_timeout: 50 });
    expect(error.message).toBe('Query read timeout');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when its connection broke and it is queried again', async () => {
    const error = await failureOf('hangs-up-on-query', async (pool) => {
      const client = await pool.connect();
      client.on('error', () => {});
      try {
        await client.query('select 1').catch(() => {});
        await client.query('select 1');
      } finally {
        client.release(true);
      }
    });
    expect(error.message).toBe('Client has encountered a connection error and is not queryable');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when it was ended', async () => {
    const error = await failureOf('silent', async (pool) => {
      await pool.end();
      await pool.query('select 1');
    });
    expect(error.message).toBe('Cannot use a pool after calling end on the pool');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when TLS or the login cannot be agreed on', async () => {
    const noTls = await failureOf('hangs-up', ask, { ssl: true });
    expect(classifyFromError(noTls).code).toBe('SERVICE_UNAVAILABLE');
    const otherLogin = await failureOf('asks-for-another-login', ask);
    expect(otherLogin.message).toMatch(/^SASL: /);
    expect(classifyFromError(otherLogin).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when a column is missing, with its SQLSTATE', async () => {
    const error = await failureOf('drift', ask);
    expect(classifyFromError(error)).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      rawCode: '42703',
    });
  });
});

describe('a real Kysely is recognised as infrastructure', () => {
  it('when it was destroyed', async () => {
    const error = await failureOf('drift', async (pool) => {
      const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
      await sql`select 1`.execute(db).catch(() => {});
      await db.destroy();
      await sql`select 1`.execute(db);
    });
    expect(error.message).toBe('driver has already been destroyed');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });

  it('when Postgres turned a commit into a rollback', async () => {
    const error = await failureOf('rolls-back', async (pool) => {
      const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
      await db.transaction().execute(async () => {});
    });
    expect(error.name).toBe('AbortedTransactionError');
    expect(classifyFromError(error).code).toBe('SERVICE_UNAVAILABLE');
  });
});

it('the real schema check of Better Auth is recognised as infrastructure', async () => {
  const auth = betterAuth({
    baseURL: 'http://localhost:3000',
    secret: 'kV8rT2mQ9xZ4bN7wL1cF6hJ3pS5dG0yA',
    database: new DatabaseSync(':memory:'),
    logger: { disabled: true },
  });
  const check = async () => (await auth.$context).checkSchema?.();
  const error = await check().catch((failure: unknown) => failure);
  expect(error).toHaveProperty('findings');
  expect(classifyFromError(error)).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    rawCode: 'SCHEMA_MISMATCH',
  });
});

it.each([
  { name: 'BetterAuthError', message: 'x' },
  { name: 'Error', code: 'SCHEMA_MISMATCH' },
])('%j has nothing to do with the database', (error) => {
  expect(classifyFromError(error)).toMatchObject({ code: 'INTERNAL', rawCode: undefined });
});
