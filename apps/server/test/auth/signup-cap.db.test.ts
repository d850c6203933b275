import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const LIMIT = 5;
const NOON = new Date('2026-11-24T12:00:00Z');

describe('the cap on sign-ups', () => {
  let open: TestServer;
  let concealed: TestServer;
  let uncapped: TestServer;
  let now = NOON;

  beforeAll(async () => {
    const cap = { MAX_DAILY_SIGNUPS: String(LIMIT) };
    open = await startTestServer({ environment: cap, now: () => now });
    concealed = await startTestServer({
      environment: { ...cap, CONCEAL_ACCOUNTS: 'on' },
      now: () => now,
    });
    uncapped = await startTestServer();
  });
  afterAll(async () => {
    await open.close();
    await concealed.close();
    await uncapped.close();
  });
  beforeEach(async () => {
    now = NOON;
    for (const server of [open, concealed]) {
      await sql`delete from auth.daily_signups`.execute(server.owner);
    }
  });

  const signUp = (server: TestServer, email = freshEmail(), password = PASSWORD) =>
    server.client().call('auth.register', { email, password, name: 'N' });

  const statusOf = async (server: TestServer) =>
    (await server.client().call('auth.signupStatus', undefined, { method: 'GET' })).data;

  async function fill(server: TestServer, count = LIMIT): Promise<void> {
    for (let i = 0; i < count; i += 1) expect((await signUp(server)).status).toBe(200);
  }

  async function countUsers(server: TestServer): Promise<number> {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from auth.users`.execute(
      server.owner,
    );
    return rows[0]?.n ?? 0;
  }

  it('lets the configured number of accounts be made on a day in UTC, and says how long to wait', async () => {
    await fill(open);
    const answer = await signUp(open);
    expect([answer.status, answer.code]).toEqual([429, 'SIGNUP_LIMIT_REACHED']);
    expect(answer.headers.get('retry-after')).toBe(String(12 * 3600));
    now = new Date('2026-11-25T00:00:00Z');
    expect((await signUp(open)).status).toBe(200);
  });

  it('says how many are left, and when it opens again', async () => {
    expect(await statusOf(open)).toEqual({ open: true, limit: 5, remaining: 5, opensAt: null });
    await fill(open, 2);
    expect(await statusOf(open)).toEqual({ open: true, limit: 5, remaining: 3, opensAt: null });
    await fill(open, 3);
    expect(await statusOf(open)).toEqual({
      open: false,
      limit: 5,
      remaining: 0,
      opensAt: new Date('2026-11-25T00:00:00Z'),
    });
    expect(await statusOf(uncapped)).toEqual({
      open: true,
      limit: null,
      remaining: null,
      opensAt: null,
    });
  });

  it('is never exceeded by forty simultaneous sign-ups through two servers', async () => {
    const second = await startTestServer({
      environment: { MAX_DAILY_SIGNUPS: String(LIMIT) },
      databaseUrl: () => open.database.appUrl,
      now: () => now,
    });
    const before = await countUsers(open);
    const answers: Answer[] = await Promise.all(
      Array.from({ length: 40 }, (_, i) => signUp(i % 2 === 0 ? open : second)),
    );
    await second.close();
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(LIMIT);
    expect(answers.filter(({ code }) => code === 'SIGNUP_LIMIT_REACHED')).toHaveLength(40 - LIMIT);
    expect(await countUsers(open)).toBe(before + LIMIT);
  });

  it('counts no sign-up that made no account', async () => {
    const { email } = await insertUser(open);
    for (let i = 0; i < LIMIT + 1; i += 1) {
      expect((await signUp(open, email)).code).toBe('EMAIL_ALREADY_REGISTERED');
      expect((await signUp(open, freshEmail(), 'short')).code).toBe('WEAK_PASSWORD');
    }
    for (const column of ['created_at', 'deleted_at']) {
      const rename = (from: string, to: string) =>
        sql`alter table auth.users rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
          open.owner,
        );
      await rename(column, 'is_gone');
      expect((await signUp(open)).code).toBe('SERVICE_UNAVAILABLE');
      await rename('is_gone', column);
    }
    await fill(open);
  });

  it('counts one for twenty sign-ups that use one address at once', async () => {
    const email = freshEmail();
    await Promise.all(Array.from({ length: 20 }, () => signUp(open, email)));
    expect(await statusOf(open)).toMatchObject({ remaining: LIMIT - 1 });
  });

  it('S25: doesn’t reveal whether an address is taken where accounts are concealed', async () => {
    const { email: taken } = await insertUser(concealed);
    const seen: unknown[] = [];
    for (const address of [taken, freshEmail()]) {
      await sql`delete from auth.daily_signups`.execute(concealed.owner);
      const answers: unknown[] = [];
      for (let i = 0; i < LIMIT + 1; i += 1) {
        const { status, code } = await signUp(concealed, i % 2 === 0 ? address : freshEmail());
        answers.push(status, code, await statusOf(concealed));
      }
      seen.push(answers);
    }
    expect(seen[0]).toEqual(seen[1]);
  });
});
