import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecurityEventsPage } from '../../src/domains/auth/account/security-events.service.ts';
import type { ApiClient } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('the audit log of an account', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  async function read(client: ApiClient, input?: unknown): Promise<SecurityEventsPage> {
    const answer = await client.call('auth.securityEvents', input, { method: 'GET' });
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    return answer.data as SecurityEventsPage;
  }

  /** Events of the same moment, which only their ids distinguish, and some in microsecond steps. */
  async function addEvents(userId: string, count: number, at: string): Promise<void> {
    await sql`
      insert into auth.security_events (user_id, event_type, created_at)
      select ${userId}, 'EMAIL_CHANGED', ${at}::timestamptz + (i / 3) * interval '1 microsecond'
      from generate_series(1, ${count}::int) i
    `.execute(server.owner);
  }

  it('is read page by page, without gaps or repeats, while more is written', async () => {
    const { id, client } = await insertUser(server);
    await addEvents(id, 50, '2026-11-01T10:00:00Z');
    const { rows } = await sql<{ id: string }>`
      select id from auth.security_events where user_id = ${id}
      order by created_at desc, id desc
    `.execute(server.owner);

    const seen: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: SecurityEventsPage = await read(client, { limit: 7, ...(cursor && { cursor }) });
      expect(page.events.length).toBeLessThanOrEqual(7);
      seen.push(...page.events.map((event) => event.id));
      cursor = page.nextCursor;
      await addEvents(id, 5, '2026-11-02T10:00:00Z');
    }
    expect(seen).toEqual(rows.map((row) => row.id));
  });

  it('ends with null, even if the last page is full', async () => {
    const { id, client } = await insertUser(server);
    expect(await read(client)).toEqual({ events: [], nextCursor: null });
    await addEvents(id, 20, '2026-11-01T10:00:00Z');
    const page = await read(client);
    expect([page.events.length, page.nextCursor]).toEqual([20, null]);
  });

  it('shows only the caller’s own events, and no metadata', async () => {
    const [user, other] = [await insertUser(server), await insertUser(server)];
    await addEvents(other.id, 3, '2026-11-01T10:00:00Z');
    await user.signIn();
    await user.client.expectSuccess('auth.sessions.revokeOthers');
    await expect.poll(async () => (await read(user.client)).events.length).toBe(1);
    expect((await read(user.client)).events[0]).toEqual({
      id: expect.any(String),
      type: 'SESSION_REVOKED',
      createdAt: expect.any(Date),
      lastAt: expect.any(Date),
      count: 1,
      ipAddress: '127.0.0.1',
      userAgent: 'node',
    });
    // A cursor is a position in time, and no way to others' events.
    const cursor = `1793527200000000_${randomUUID()}`;
    const { events } = await read(user.client, { cursor });
    expect(events.map((event) => event.type)).not.toContain('EMAIL_CHANGED');
  });

  it.each([
    { cursor: 'x' },
    { cursor: '' },
    { cursor: '1_x' },
    { cursor: 'failed_' },
    { cursor: `failed_failed_1_${randomUUID()}` },
    { cursor: `99999999999999999_${randomUUID()}` },
    { limit: 0 },
    { limit: 101 },
    { limit: 1.5 },
  ])('refuses %j as VALIDATION, and names the field', async (input) => {
    const { client } = await insertUser(server);
    const answer = await client.call('auth.securityEvents', input, { method: 'GET' });
    expect([answer.code, answer.error?.data.field]).toEqual(['VALIDATION', Object.keys(input)[0]]);
  });

  async function whileGone(column: string, work: () => Promise<void>): Promise<void> {
    const rename = (from: string, to: string) =>
      sql`alter table auth.security_events rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
        server.owner,
      );
    await rename(column, 'is_gone');
    await work().finally(() => rename('is_gone', column));
  }

  it('is written with the change: without an entry nothing is changed', async () => {
    const { client, signIn } = await insertUser(server);
    const other = await signIn();
    await whileGone('event_type', async () => {
      const answer = await client.call('auth.sessions.revokeOthers');
      expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    });
    await other.client.expectSuccess('auth.profile');
    expect(await client.expectSuccess('auth.sessions.revokeOthers')).toEqual({ revoked: 1 });
  });

  async function countCalls(userId: string): Promise<number> {
    const rows = await server.owner
      .selectFrom('auth.refused_calls')
      .select('calls')
      .where('user_id', '=', userId)
      .execute();
    return rows.reduce((sum, { calls }) => sum + calls, 0);
  }

  it('grows by a row for each code and day, whoever calls how often: S30', async () => {
    const { id, email, client } = await insertUser(server);
    const countRows = async () => {
      await server.deps.securityEvents.drain();
      const { rows } = await sql`
        select from auth.security_events union all select from auth.refused_calls
      `.execute(server.owner);
      return rows.length;
    };
    for (const address of [email, 'nobody@example.org']) await fail(address, 1);
    const before = await countRows();
    await fail(email, 4);
    await fail('nobody@example.org', 3);
    expect(await countRows()).toBe(before);
    await fail(email, 30);
    expect(await countRows()).toBe(before + 1);
    expect(await countCalls(id)).toBe(35);
    const { events } = await read(client);
    expect(events.map(({ type, count }) => [type, count])).toEqual([
      ['ACCOUNT_LOCKED', 30],
      ['LOGIN_FAILURE', 5],
    ]);
    expect(events[0]?.lastAt.getTime()).toBeGreaterThanOrEqual(events[0]?.createdAt.getTime() ?? 0);
  });

  it('shows what was done to the account before what failed, also on the pages that follow', async () => {
    const { id, email, client } = await insertUser(server);
    await addEvents(id, 5, '2026-11-01T10:00:00Z');
    // As earlier versions wrote them.
    await sql`
      insert into auth.security_events (user_id, event_type)
      select ${id}, 'LOGIN_FAILURE' from generate_series(1, 4)
    `.execute(server.owner);
    await fail(email, 7);
    await server.deps.securityEvents.drain();

    const all = (await read(client, { limit: 100 })).events;
    expect(all.map(({ type }) => type)).toEqual([
      ...Array(5).fill('EMAIL_CHANGED'),
      'ACCOUNT_LOCKED',
      ...Array(5).fill('LOGIN_FAILURE'),
    ]);
    for (const limit of [1, 2, 5, 7]) {
      const seen: unknown[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page: SecurityEventsPage = await read(client, { limit, ...(cursor && { cursor }) });
        seen.push(...page.events);
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(all);
    }
  });

  async function fail(email: string, times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) {
      await server.client().call('auth.login', { email, password: 'a wrong guess' });
    }
  }

  it('that can’t take a failed call changes nothing for the caller, is logged, and counts what was lost', async () => {
    const { email } = await insertUser(server);
    const lost = server.deps.securityEvents.countLost();
    const rename = (from: string, to: string) =>
      sql`alter table auth.refused_calls rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
        server.owner,
      );
    await rename('event_type', 'is_gone');
    const answer = await server.client().call('auth.login', { email, password: 'a wrong one' });
    expect(answer.code).toBe('INVALID_CREDENTIALS');
    await expect.poll(() => server.deps.securityEvents.countLost()).toBe(lost + 1);
    await rename('is_gone', 'event_type');
    const lines = server.logLines.filter(({ msg }) => msg === 'failed calls not counted');
    expect(lines.at(-1)).toMatchObject({ events: ['LOGIN_FAILURE'] });
  });

  describe('while its table hangs', () => {
    const failure = {
      type: 'LOGIN_FAILURE',
      code: 'INVALID_CREDENTIALS',
      address: null,
      userAgent: null,
      metadata: {},
    };

    async function whileHanging(work: () => Promise<void>): Promise<void> {
      await server.owner.transaction().execute(async (trx) => {
        await sql`lock table auth.refused_calls in exclusive mode`.execute(trx);
        await work();
      });
      await server.deps.securityEvents.drain();
    }

    it('leaves the connections to the calls, and loses none of any number of failures', async () => {
      const { id, email } = await insertUser(server);
      await whileHanging(async () => {
        for (let i = 0; i < 300; i += 1)
          server.deps.securityEvents.count({ ...failure, userId: id });
        const answer = await server.client().call('auth.login', { email, password: PASSWORD });
        expect([answer.status, answer.code]).toEqual([200, undefined]);
      });
      expect(await countCalls(id)).toBe(300);
    });

    it('keeps no more waiting than the counts of a hundred', async () => {
      const { securityEvents } = server.deps;
      const lost = securityEvents.countLost();
      await whileHanging(async () => {
        for (let i = 0; i < 103; i += 1)
          securityEvents.count({ ...failure, userId: `flooded ${i}` });
      });
      // The first was being written.
      expect(securityEvents.countLost() - lost).toBe(2);
      expect(await countCalls('flooded 0')).toBe(1);
      expect(await countCalls('flooded 100')).toBe(1);
      expect(await countCalls('flooded 101')).toBe(0);
    });
  });

  it('loses nothing when the server stops while many wait to be written', async () => {
    const stopping = await startTestServer({
      databaseUrl: () => server.database.appUrl,
      environment: { DATABASE_POOL_SIZE: '2' },
    });
    const { id } = await insertUser(server);
    // Nothing else needs to be waited for at the end.
    await stopping.deps.readiness.check();
    const call = { type: 'T', userId: id, address: null, userAgent: null, metadata: {} };
    let closed: Promise<void> | undefined;
    await server.owner.transaction().execute(async (trx) => {
      await sql`lock table auth.refused_calls in exclusive mode`.execute(trx);
      for (let i = 0; i < 90; i += 1)
        stopping.deps.securityEvents.count({ ...call, code: `code ${i}` });
      closed = stopping.close();
      await delay(300);
    });
    await closed;
    expect(await countCalls(id)).toBe(90);
  });
});
