import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createDatabaseClient, type DatabaseClient } from './client.ts';
import { createFaultTrace, type FaultTrace } from './fault-trace.ts';

const TIMEOUT_MS = 300;

describe('the traced pool', () => {
  let database: TestDatabase;
  let trace: FaultTrace;
  let client: DatabaseClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    trace = createFaultTrace((error) => !String(error).includes('duplicate key'));
    client = createDatabaseClient({
      url: database.appUrl,
      applicationName: 'traced-pool test',
      maxConnections: 1,
      acquireTimeoutMs: TIMEOUT_MS,
      statementTimeoutMs: TIMEOUT_MS,
      trace,
      onConnectionLost: () => undefined,
    });
  });
  afterAll(async () => {
    await client.close();
    await database.drop();
  });

  const faultStages = (work: () => Promise<unknown>) =>
    trace.run(async () => {
      await work().catch(() => undefined);
      return trace.faults().map((fault) => fault.stage);
    });

  it('records a statement that fails, even if the caller catches the error', async () => {
    expect(await faultStages(() => sql`select nothing from auth.users`.execute(client.db))).toEqual(
      ['query'],
    );
  });

  it('records a connection that is unavailable', async () => {
    const stages = await client.db
      .connection()
      .execute(() => faultStages(() => sql`select 1`.execute(client.db)));
    expect(stages).toEqual(['acquire']);
  });

  it('records a commit that fails', async () => {
    const stages = await faultStages(() =>
      client.db.transaction().execute(async (trx) => {
        await sql`select pg_terminate_backend(pg_backend_pid())`
          .execute(trx)
          .catch(() => undefined);
      }),
    );
    expect(stages.length).toBeGreaterThan(0);
  });

  it('records no error about the data', async () => {
    const insert = () =>
      client.db
        .insertInto('auth.users')
        .values({ id: 'twice', name: 'A', email: 'twice@example.org' })
        .execute();
    await insert();
    expect(await faultStages(insert)).toEqual([]);
  });

  it('keeps scopes apart, and nothing outside one', async () => {
    const [inner, outer] = await trace.run(async () => {
      const seen = await faultStages(() => sql`select nothing from auth.users`.execute(client.db));
      return [seen, trace.faults()];
    });
    expect(inner).toEqual(['query']);
    expect(outer).toEqual([]);
    await sql`select nothing from auth.users`.execute(client.db).catch(() => undefined);
    expect(trace.faults()).toEqual([]);
  });

  it('gives nobody a connection on which a statement still runs', async () => {
    const slow = client.db.connection().execute(async (connection) => {
      // Without Postgres's own limit only ours ends the wait, and Postgres goes on.
      await sql`set statement_timeout = 0`.execute(connection);
      await sql`select pg_sleep(3)`.execute(connection);
    });
    await expect(slow).rejects.toThrow(/timeout/i);
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(client.db);
    expect(rows).toEqual([{ one: 1 }]);
  });

  it('survives the loss of a connection that is in use and idle in a transaction', async () => {
    const { promise: isLost, resolve } = Promise.withResolvers<void>();
    const work = client.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      const killer = createDatabaseClient({
        url: database.adminUrl,
        applicationName: 'killer',
        maxConnections: 1,
        acquireTimeoutMs: 5000,
        statementTimeoutMs: 5000,
        trace,
        onConnectionLost: () => undefined,
      });
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(killer.db);
      await killer.close();
      setTimeout(resolve, 50);
      await isLost;
      await sql`select 1`.execute(trx);
    });
    await expect(work).rejects.toThrow();
    expect((await sql`select 1 as one`.execute(client.db)).rows).toEqual([{ one: 1 }]);
  });
});
