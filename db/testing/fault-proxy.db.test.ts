import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultMode, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let proxy: FaultProxy;
let client: pg.Client;
let clients: pg.Client[] = [];

async function connectTo(url: string): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  opened.on('error', () => undefined);
  await opened.connect();
  clients.push(opened);
  return opened;
}

const connectThrough = () => connectTo(proxy.url(database.ownerUrl));

async function countNotes(): Promise<number> {
  const direct = await connectTo(database.ownerUrl);
  const { rows } = await direct.query<{ n: number }>('select count(*)::int as n from notes');
  return rows[0]?.n ?? -1;
}

const insertNote = () => client.query("insert into notes values ('n')");

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.ownerUrl);
  proxy = await startFaultProxy({ host: hostname, port: Number(port) });
});

beforeEach(async () => {
  const direct = await connectTo(database.ownerUrl);
  await direct.query('drop table if exists notes');
  await direct.query('create table notes (note text)');
  client = await connectThrough();
});

afterEach(async () => {
  await proxy.setMode({ kind: 'pass' });
  await Promise.all(clients.map((opened) => opened.end()));
  clients = [];
});

afterAll(async () => {
  await proxy.close();
  await database.drop();
});

describe('the fault proxy', () => {
  it('forwards a connection and a megabyte in both directions when nothing is set', async () => {
    const text = 'x'.repeat(1_000_000);
    const { rows } = await client.query('select $1::text as text', [text]);
    expect(rows).toEqual([{ text }]);
  });

  it('cuts connections and refuses new ones', async () => {
    await proxy.setMode({ kind: 'refuse' });
    await expect(insertNote()).rejects.toThrow();
    await expect(connectThrough()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await countNotes()).toBe(0);
  });

  it('resets in the middle of a query, which then never runs', async () => {
    await proxy.setMode({ kind: 'reset', afterBytes: 10 });
    await expect(insertNote()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await countNotes()).toBe(0);
  });

  it('resets a new connection too', async () => {
    await proxy.setMode({ kind: 'reset', afterBytes: 0 });
    await expect(connectThrough()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('loses the reply to a query that ran', async () => {
    await proxy.setMode({ kind: 'lose-answer' });
    await expect(insertNote()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect.poll(countNotes).toBe(1);
  });

  it('never replies while it hangs, on old connections and new ones', async () => {
    await proxy.setMode({ kind: 'hang' });
    const answer = insertNote().then(
      () => 'answered',
      () => 'failed',
    );
    const silence = new Promise((resolve) => setTimeout(resolve, 300, 'silence'));
    expect(await Promise.race([answer, silence])).toBe('silence');
    await expect(connectThrough()).rejects.toThrow('timeout');

    await proxy.setMode({ kind: 'pass' });
    expect(await answer).toBe('failed');
    expect(await countNotes()).toBe(0);
  });

  it('delays each chunk and keeps their order while it is slow', async () => {
    await proxy.setMode({ kind: 'slow', delayMs: 100 });
    const before = performance.now();
    const { rows } = await client.query("select repeat('ab', 200000) as text");
    expect(performance.now() - before).toBeGreaterThan(200);
    expect(rows).toEqual([{ text: 'ab'.repeat(200_000) }]);
  });

  it.each<FaultMode>([
    { kind: 'refuse' },
    { kind: 'reset', afterBytes: 1 },
    { kind: 'lose-answer' },
    { kind: 'hang' },
    { kind: 'slow', delayMs: 10 },
  ])('lets everything through again after $kind', async (mode) => {
    await proxy.setMode(mode);
    await Promise.race([
      insertNote().catch(() => undefined),
      new Promise((r) => setTimeout(r, 200)),
    ]);
    await proxy.setMode({ kind: 'pass' });

    client = await connectThrough();
    await insertNote();
    expect(await countNotes()).toBeGreaterThan(0);
  });
});
