import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

/** The pause between looks, and some patience for the machine. */
const WITHIN_SECONDS = 30_000;
const READERS = 6;

describe('a database that accepts no writes, as after a failover', () => {
  const email = freshEmail();
  let server: TestServer;
  let user: ApiClient;
  /** Connected before anything happens, so that it stays one that writes. */
  let admin: pg.Client;

  beforeAll(async () => {
    server = await startTestServer();
    user = await server.signedInClient(email);
    admin = new pg.Client({ connectionString: server.database.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await server.close();
  });

  const signIn = async () => {
    const { status } = await server.client().call('auth.login', { email, password: PASSWORD });
    return status;
  };
  /** Takes every connection of the pool. */
  const signInAtOnce = async () => [
    ...new Set(await Promise.all(Array.from({ length: 20 }, signIn))),
  ];
  const readyz = () => fetch(`${server.origin}/readyz`);
  const untilReadyz = (status: number) =>
    expect.poll(async () => (await readyz()).status, { timeout: WITHIN_SECONDS }).toBe(status);

  async function setReadOnly(to: 'set default_transaction_read_only = on' | 'reset all') {
    await admin.query(`alter database ${server.database.name} ${to}`);
  }

  /** Reads alone, so often that no connection is ever idle for long. */
  function keepWarm() {
    let isOver = false;
    const readers = Array.from({ length: READERS }, async () => {
      while (!isOver) await user.call('auth.sessions.list');
    });
    return async () => {
      isOver = true;
      await Promise.all(readers);
    };
  }

  it('is named by /readyz, and leaves no connection behind once writes are accepted again', async () => {
    await setReadOnly('set default_transaction_read_only = on');
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and usename = $1`,
      [server.database.appRole],
    );
    const stopReading = keepWarm();
    try {
      // On a busy machine a look may first be late.
      const readiness = async () => (await readyz()).text();
      await expect.poll(readiness, { timeout: WITHIN_SECONDS }).toContain('read-only');
      await untilReadyz(503);
      expect(await signIn()).toBe(503);

      await setReadOnly('reset all');
      await expect.poll(signInAtOnce, { timeout: WITHIN_SECONDS }).toEqual([200]);
      await untilReadyz(200);
    } finally {
      await stopReading();
    }
  });

  it('counted nothing against the account', async () => {
    const { rows } = await sql`
      select count(*)::int as failures from auth.login_attempts where not successful
    `.execute(server.owner);
    expect(rows).toEqual([{ failures: 0 }]);
  });
});
