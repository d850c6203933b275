import { setTimeout as delay } from 'node:timers/promises';
import { inProofs } from '@mana/db/testing/in-proofs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/server.ts';
import { ApiClient } from '../harness/api-client.ts';
import { type Column, everyColumn } from '../harness/every-column.ts';
import { freshEmail, PASSWORD, startTestServer, type TestServer } from '../harness/test-server.ts';

/** A start that waits tries again every second. */
const HEALED_WITHIN_MS = 10_000;
/** A start that isn't over by then waits for the column. */
const STARTED_WITHIN_MS = 3000;

/** The tables whose schema Better Auth would check at its first use, and remember. */
const BETTER_AUTH_TABLES = ['auth.users', 'auth.accounts', 'auth.sessions', 'auth.verification'];

const columns = inProofs(
  everyColumn.filter(({ table }) => BETTER_AUTH_TABLES.includes(table)),
  {
    // One that no statement of ours reads at sign-in, and one that all of them read.
    otherwise: [
      { table: 'auth.accounts', column: 'scope' },
      { table: 'auth.users', column: 'email_verified' },
    ],
  },
);

/**
 * Whatever column is missing while a server starts or is first used, sign-in succeeds or answers 503
 * meanwhile, and works once the column is back: what a first use found is not remembered.
 */
describe('a server that meets a missing column before anything else', () => {
  let server: TestServer;
  const email = freshEmail();

  beforeAll(async () => {
    server = await startTestServer();
    await server.signedInClient(email);
  });
  afterAll(() => server.close());

  it.each(columns)('at its start, works once $column of $table is back', async (column) => {
    await withoutColumn(column, async () => {
      const cold = await startAnother();
      await Promise.race([cold.ready, delay(STARTED_WITHIN_MS)]);
      await expectSignInOr503(cold);
      return cold;
    });
  });

  it.each(columns)('at its first use, works once $column of $table is back', async (column) => {
    const cold = await startAnother();
    await cold.ready;
    await withoutColumn(column, async () => {
      await expectSignInOr503(cold);
      return cold;
    });
  });

  async function startAnother(): Promise<RunningServer> {
    const { config, log, now } = server.deps;
    const another = await startServer({ config, log, onMail: () => undefined, now });
    // A start that ends would show in the calls.
    another.ready.catch(() => undefined);
    return another;
  }

  /** Expects everything to work on the server that `meet` returns, with the column back, and stops it. */
  async function withoutColumn(
    { table, column }: Column,
    meet: () => Promise<RunningServer>,
  ): Promise<void> {
    const target = sql.id(...table.split('.'));
    const [name, gone] = [sql.id(column), sql.id('is_gone')];
    await sql`alter table ${target} rename column ${name} to ${gone}`.execute(server.owner);
    const cold = await meet().finally(() =>
      sql`alter table ${target} rename column ${gone} to ${name}`.execute(server.owner),
    );
    try {
      await expectEverythingWorks(cold);
    } finally {
      await cold.close();
    }
  }

  async function expectSignInOr503({ port }: RunningServer): Promise<void> {
    const { status, code } = await clientOf(port).call('auth.login', {
      email,
      password: PASSWORD,
    });
    expect([status, code]).toBeOneOf([
      [200, undefined],
      [503, 'SERVICE_UNAVAILABLE'],
    ]);
  }

  async function expectEverythingWorks({ port }: RunningServer): Promise<void> {
    const client = clientOf(port);
    const signIn = async () =>
      (await client.call('auth.login', { email, password: PASSWORD })).status;
    await expect.poll(signIn, { timeout: HEALED_WITHIN_MS }).toBe(200);
    for (const path of ['auth.profile', 'auth.refresh', 'auth.logout']) {
      expect([path, (await client.call(path)).status]).toEqual([path, 200]);
    }
  }

  function clientOf(port: number): ApiClient {
    return new ApiClient(`http://127.0.0.1:${port}`);
  }
});
