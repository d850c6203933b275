import { setTimeout as delay } from 'node:timers/promises';
import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { inProofs } from '@mana/db/testing/in-proofs';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyColumn } from '../harness/every-column.ts';
import type { PreparedCall } from '../harness/procedure-calls.ts';
import { createCallMaker } from '../harness/procedure-calls.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

const TIMEOUT_MS = 1500;
const POOL_SIZE = 4;

/** What else befalls a database. */
const everyFault = [
  'Postgres refuses connections',
  'the connection is reset within a statement',
  'the connection is reset before the answer',
  'Postgres hangs past the time limit',
  'the pool is exhausted',
  'an administrator shuts all connections down, again and again',
] as const;

type Fault = (typeof everyFault)[number];

const columns = inProofs(everyColumn, { otherwise: [{ table: 'auth.sessions', column: 'id' }] });
const faults = inProofs<readonly Fault[]>(everyFault, {
  otherwise: ['an administrator shuts all connections down, again and again'],
});

/** One test for each column that is gone, and one for each other fault. */
describe('S20: a fault of the database is never answered as anything else', () => {
  let server: TestServer;
  let proxy: FaultProxy;
  let makeCalls: () => Promise<PreparedCall[]>;

  beforeAll(async () => {
    server = await startTestServer({
      environment: {
        DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
        DATABASE_POOL_SIZE: String(POOL_SIZE),
      },
      databaseUrl: async (url) => {
        const { hostname, port } = new URL(url);
        proxy = await startFaultProxy({ host: hostname, port: Number(port) });
        return proxy.url(url);
      },
    });
    makeCalls = await createCallMaker(server);
  });
  afterAll(async () => {
    await server.close();
    await proxy.close();
  });

  it.each(columns)('$column of $table is gone', async ({ table, column }) => {
    const calls = await makeCalls();
    const [schema = '', name = ''] = table.split('.');
    const target = sql.id(schema, name);
    await sql`alter table ${target} rename column ${sql.id(column)} to is_gone`.execute(
      server.owner,
    );
    try {
      await expectSuccessOr503(calls);
    } finally {
      await sql`alter table ${target} rename column is_gone to ${sql.id(column)}`.execute(
        server.owner,
      );
    }
  });

  const meetFault: Record<Fault, () => Promise<void>> = {
    'Postgres refuses connections': () => underFault({ kind: 'refuse' }),
    'the connection is reset within a statement': () =>
      underFault({ kind: 'reset', afterBytes: 20 }),
    'the connection is reset before the answer': () => underFault({ kind: 'lose-answer' }),

    async 'Postgres hangs past the time limit'() {
      const calls = await makeCalls();
      await proxy.setMode({ kind: 'hang' });
      try {
        await expectSuccessOr503(calls);
      } finally {
        await proxy.setMode({ kind: 'pass' });
      }
      await expectAllSucceed();
    },

    async 'the pool is exhausted'() {
      const calls = await makeCalls();
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      let held = 0;
      const holders = Array.from({ length: POOL_SIZE }, () =>
        server.deps.db.connection().execute(() => {
          held += 1;
          return over;
        }),
      );
      await expect.poll(() => held).toBe(POOL_SIZE);
      await expectSuccessOr503(calls);
      end();
      await Promise.all(holders);
      await expectAllSucceed();
    },

    async 'an administrator shuts all connections down, again and again'() {
      const calls = await makeCalls();
      const admin = new pg.Client({ connectionString: server.database.adminUrl });
      await admin.connect();
      let terminated = 0;
      let isOver = false;
      const shutDown = async () => {
        while (!isOver) {
          const { rowCount } = await admin.query(
            `with theirs as materialized
               (select pid from pg_stat_activity where datname = $1 and usename = $2)
             select from theirs where pg_terminate_backend(pid)`,
            [server.database.name, server.database.appRole],
          );
          terminated += rowCount ?? 0;
          await delay(3);
        }
      };
      const shuttingDown = shutDown();
      try {
        await expectSuccessOr503(calls);
      } finally {
        isOver = true;
        await shuttingDown;
        await admin.end();
      }
      expect(terminated).toBeGreaterThan(POOL_SIZE);
      await expectAllSucceed();
    },
  };

  it.each(faults)('%s', (fault) => meetFault[fault]());

  it('counted nothing in all of this, and left every account usable', async () => {
    const { rows } = await sql`
    select
      (select count(*)::int from auth.login_attempts where not successful) as failures,
      (select count(*)::int from auth.refused_calls where event_type in ('LOGIN_FAILURE', 'PASSKEY_LOGIN_FAILURE')) as events
  `.execute(server.owner);
    expect(rows).toEqual([{ failures: 0, events: 0 }]);
    await expectAllSucceed();
  });

  async function underFault(mode: Parameters<FaultProxy['setMode']>[0]): Promise<void> {
    // One call at a time meets the fault afresh: a reset counts the bytes of one statement.
    for (const call of await makeCalls()) {
      await proxy.setMode(mode);
      try {
        await expectSuccessOr503([call]);
      } finally {
        await proxy.setMode({ kind: 'pass' });
      }
    }
    await expectAllSucceed();
  }

  /** All at once but the last, which ends the session of others. */
  async function expectSuccessOr503(calls: readonly PreparedCall[]): Promise<void> {
    await Promise.all(calls.slice(0, -1).map(expectOneSuccessOr503));
    for (const last of calls.slice(-1)) await expectOneSuccessOr503(last);
  }

  async function expectOneSuccessOr503({ path, client, input }: PreparedCall): Promise<void> {
    const cookies = new Map(client.cookies);
    const answer = await client.call(path, input);
    const outcome = answer.status === 200 ? 'success' : `${answer.status} ${answer.code}`;
    // Only then, for the log of the whole matrix is long.
    const explanation = [200, 503].includes(answer.status) ? '' : server.logText().slice(-4000);
    expect([path, outcome], explanation).toBeOneOf([
      [path, 'success'],
      [path, '503 SERVICE_UNAVAILABLE'],
    ]);
    if (answer.status === 503) {
      expect(client.cookies).toEqual(cookies);
      expect(answer.headers.has('retry-after')).toBe(true);
    }
  }

  /** Connections that were lost while idle may cost a few calls more. */
  async function expectAllSucceed(): Promise<void> {
    await expect.poll(async () => (await fetch(`${server.origin}/readyz`)).status).toBe(200);
    for (const { path, client, input } of await makeCalls()) {
      const statusOf = async () => (await client.call(path, input)).status;
      // What health says follows the watch, whose look may have begun under the fault.
      if (path === 'health') await expect.poll(statusOf).toBe(200);
      else expect([path, await statusOf()]).toEqual([path, 200]);
    }
  }
});
