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
      select ${userId}, 'LOGIN_FAILURE', ${at}::timestamptz + (i / 3) * interval '1 microsecond'
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
      ipAddress: '127.0.0.1',
      userAgent: 'node',
    });
    // A cursor is a position in time, and no way to others' events.
    const cursor = `1793527200000000_${randomUUID()}`;
    const { events } = await read(user.client, { cursor });
    expect(events.map((event) => event.type)).not.toContain('LOGIN_FAILURE');
  });

  it.each([
    { cursor: 'x' },
    { cursor: '' },
    { cursor: '1_x' },
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

  it('that can’t take a failed call changes nothing for the caller, is logged, and counts what was lost', async () => {
    const { email } = await insertUser(server);
    const lost = server.deps.securityEvents.countLost();
    await whileGone('event_type', async () => {
      const answer = await server.client().call('auth.login', { email, password: 'a wrong one' });
      expect(answer.code).toBe('INVALID_CREDENTIALS');
      await expect.poll(() => server.deps.securityEvents.countLost()).toBe(lost + 1);
    });
    const lines = server.logLines.filter(({ msg }) => msg === 'security event not written');
    expect(lines.at(-1)).toMatchObject({ event: 'LOGIN_FAILURE' });
  });

  describe('while its table hangs', () => {
    const failure = { type: 'LOGIN_FAILURE', address: null, userAgent: null, metadata: {} };

    async function whileHanging(work: () => Promise<void>): Promise<void> {
      await server.owner.transaction().execute(async (trx) => {
        await sql`lock table auth.security_events in exclusive mode`.execute(trx);
        await work();
      });
      await server.deps.securityEvents.drain();
    }

    async function countEvents(userId: string, type: string): Promise<number> {
      const events = server.owner.selectFrom('auth.security_events').select('id');
      const rows = await events
        .where('user_id', '=', userId)
        .where('event_type', '=', type)
        .execute();
      return rows.length;
    }

    it('leaves the connections to the calls: the right password signs in on a known device', async () => {
      const { id, email } = await insertUser(server);
      const browser = server.client();
      await browser.expectSuccess('auth.login', { email, password: PASSWORD });
      await browser.expectSuccess('auth.logout');
      await whileHanging(async () => {
        for (let i = 0; i < 100; i += 1)
          server.deps.securityEvents.record({ ...failure, userId: id });
        const answer = await browser.call('auth.login', { email, password: PASSWORD });
        expect([answer.status, answer.code]).toEqual([200, undefined]);
      });
      expect(await countEvents(id, 'LOGIN_FAILURE')).toBe(100);
    });

    it('loses failures before what was done to an account', async () => {
      const { id } = await insertUser(server);
      const { securityEvents } = server.deps;
      const lost = securityEvents.countLost();
      await whileHanging(async () => {
        for (let i = 0; i < 150; i += 1) securityEvents.record({ ...failure, userId: id });
        securityEvents.record({ ...failure, type: 'PASSWORD_CHANGED', userId: id });
      });
      expect(await countEvents(id, 'PASSWORD_CHANGED')).toBe(1);
      expect(securityEvents.countLost() - lost).toBe(151 - 102);
      expect(await countEvents(id, 'LOGIN_FAILURE')).toBe(101);
    });

    it('loses the newest if only what was done to accounts is waiting', async () => {
      const { id } = await insertUser(server);
      const { securityEvents } = server.deps;
      await whileHanging(async () => {
        const event = { ...failure, userId: id };
        for (let i = 0; i < 102; i += 1) securityEvents.record({ ...event, type: 'EMAIL_CHANGED' });
        securityEvents.record({ ...event, type: 'PASSWORD_CHANGED' });
      });
      expect(await countEvents(id, 'EMAIL_CHANGED')).toBe(102);
      expect(await countEvents(id, 'PASSWORD_CHANGED')).toBe(0);
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
    const event = { type: 'LOGIN_FAILURE', userId: id, address: null, userAgent: null };
    let closed: Promise<void> | undefined;
    await server.owner.transaction().execute(async (trx) => {
      await sql`lock table auth.security_events in exclusive mode`.execute(trx);
      for (let i = 0; i < 90; i += 1)
        stopping.deps.securityEvents.record({ ...event, metadata: {} });
      closed = stopping.close();
      await delay(300);
    });
    await closed;
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from auth.security_events where user_id = ${id}
    `.execute(server.owner);
    expect(rows).toEqual([{ n: 90 }]);
  });
});
