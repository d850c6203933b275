import type { FaultProxy } from '@mana/db/testing/fault-proxy';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeUnlock } from '../../src/cli/users.ts';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const MINUTE_MS = 60_000;
/** Longer than any call takes, however busy the machine is. */
const PATIENCE = { timeout: 20_000, interval: 5 };

let server: TestServer;
let clockOffsetMs = 0;
/** When the server last looked at the clock, as `performance.now()`. */
let lookedAtMs = 0;

beforeAll(async () => {
  server = await startTestServer({
    now() {
      lookedAtMs = performance.now();
      return new Date(Date.now() + clockOffsetMs);
    },
    environment: { TRUSTED_PROXIES: '127.0.0.1' },
  });
});
afterEach(() => {
  clockOffsetMs = 0;
});
afterAll(() => server.close());

function logIn(email: string, password: string, client = server.client()): Promise<Answer> {
  return client.call('auth.login', { email, password });
}

async function failTimes(times: number, email: string, client?: ApiClient): Promise<string[]> {
  const codes: string[] = [];
  for (let i = 0; i < times; i += 1) {
    codes.push((await logIn(email, 'a wrong guess', client)).code ?? 'in');
  }
  return codes;
}

async function resetPassword(client: ApiClient, email: string): Promise<Answer> {
  await client.expectSuccess('auth.forgotPassword', { email });
  const token = new URL(await server.newestLink(email)).searchParams.get('token');
  return client.call('auth.resetPassword', { token, newPassword: PASSWORD });
}

/** As if so many had failed in a row, long ago: the next one is counted as one more. */
async function failInARow(consecutiveFailures: number, emails: readonly string[]): Promise<void> {
  for (const email of emails) await failTimes(1, email);
  await server.owner
    .updateTable('auth.lockouts')
    .set({ state: JSON.stringify({ buckets: {}, consecutiveFailures }) })
    .where('email', 'in', emails)
    .execute();
}

async function countAttempts(email: string): Promise<{ failed: number; successful: number }> {
  const rows = await server.owner
    .selectFrom('auth.login_attempts')
    .select(['successful', 'method'])
    .where('email', '=', email)
    .execute();
  const successful = rows.filter((row) => row.successful).length;
  return { failed: rows.length - successful, successful };
}

describe('S18: the lock', () => {
  it('comes with the fifth wrong password, says when it ends, and ends then', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    expect(await failTimes(5, email)).toEqual(Array(5).fill('INVALID_CREDENTIALS'));

    const locked = await logIn(email, 'a wrong guess');
    expect(locked).toMatchObject({ code: 'ACCOUNT_LOCKED', status: 429 });
    const waitSec = Number(locked.headers.get('retry-after'));
    expect(waitSec).toBeGreaterThan(29 * 60);
    expect(waitSec).toBeLessThanOrEqual(30 * 60);

    clockOffsetMs = 30 * MINUTE_MS + 1000;
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('answers the right password from an unknown device like a wrong one', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await failTimes(5, email);
    const right = await logIn(email, PASSWORD);
    const wrong = await logIn(email, 'a wrong guess');
    expect(right.code).toBe('ACCOUNT_LOCKED');
    expect(right.headers.getSetCookie()).toEqual([]);
    expect(right.error?.message).toBe(wrong.error?.message);
  });

  it('does not come for five failures spread over more than fifteen minutes', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await failTimes(4, email);
    clockOffsetMs = 15 * MINUTE_MS + 1000;
    expect(await failTimes(1, email)).toEqual(['INVALID_CREDENTIALS']);
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('is not extended by hammering', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await failTimes(5, email);
    clockOffsetMs = 29 * MINUTE_MS;
    expect(await failTimes(3, email)).toEqual(Array(3).fill('ACCOUNT_LOCKED'));
    clockOffsetMs = 30 * MINUTE_MS + 1000;
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('is reported no sooner than an attempt usually takes, from the start of its call', async () => {
    const { attemptDurations } = server.deps;
    const email = freshEmail();
    const recorded = vi.spyOn(attemptDurations, 'record');
    const isOver = Promise.withResolvers<void>();
    let decidedAtMs = 0;
    const equalised = vi.spyOn(attemptDurations, 'equalise').mockImplementation(() => {
      decidedAtMs = lookedAtMs;
      return isOver.promise;
    });
    onTestFinished(() => {
      isOver.resolve();
      vi.restoreAllMocks();
    });

    await failTimes(5, email);
    expect(recorded).toHaveBeenCalledTimes(5);
    expect(equalised).not.toHaveBeenCalled();

    const calledAtMs = performance.now();
    let isTold = false;
    const locked = logIn(email, 'a wrong guess').finally(() => {
      isTold = true;
    });
    await Promise.race([locked, vi.waitUntil(() => equalised.mock.calls.length > 0, PATIENCE)]);
    expect(equalised).toHaveBeenCalledOnce();
    expect(equalised.mock.lastCall?.[0]).toBeGreaterThan(calledAtMs);
    expect(equalised.mock.lastCall?.[0]).toBeLessThan(decidedAtMs);
    // Whatever else arrives meanwhile is answered; the lock isn't.
    await logIn(freshEmail(), 'a wrong guess');
    expect(isTold).toBe(false);

    isOver.resolve();
    expect((await locked).code).toBe('ACCOUNT_LOCKED');
    expect(recorded).toHaveBeenCalledTimes(6);
  });

  it('is the same for an address that nobody has, however it is written', async () => {
    const email = freshEmail();
    await failTimes(3, email);
    await failTimes(2, ` ${email.toUpperCase()} `);
    expect(await failTimes(1, email)).toEqual(['ACCOUNT_LOCKED']);
  });

  it('lets exactly five of 200 parallel wrong passwords be evaluated', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => logIn(email, 'a wrong guess')),
    );
    const codes = answers.map((answer) => answer.code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(codes.filter((code) => code === 'ACCOUNT_LOCKED')).toHaveLength(195);
    expect(await countAttempts(email)).toEqual({ failed: 5, successful: 1 });
  });

  it('allows no more than a hundred consecutive failures, and leaves the last ones to known devices', async () => {
    const email = freshEmail();
    const owner = await server.signedInClient(email);
    let failures = 0;
    for (let round = 0; round < 20; round += 1) {
      clockOffsetMs += 31 * MINUTE_MS;
      failures += (await failTimes(5, email)).filter(
        (code) => code === 'INVALID_CREDENTIALS',
      ).length;
    }
    expect(failures).toBe(75);
    expect((await logIn(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    expect((await logIn(email, PASSWORD, owner)).status).toBe(200);
    clockOffsetMs += 31 * MINUTE_MS;
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('comes for good after 75 failures in a row, also for an address that nobody has', async () => {
    const [email, nobodys] = [freshEmail(), freshEmail()];
    await server.signedInClient(email);
    await failInARow(74, [email, nobodys]);
    for (const address of [email, nobodys]) {
      expect(await failTimes(2, address)).toEqual(['INVALID_CREDENTIALS', 'ACCOUNT_LOCKED']);
    }
    const expiries = await server.owner
      .selectFrom('auth.lockouts')
      .select('expires_at')
      .where('email', 'in', [email, nobodys])
      .execute();
    const [known, unknown] = expiries.map(({ expires_at }) => expires_at.getTime());
    expect(Math.abs((known ?? 0) - (unknown ?? 0))).toBeLessThan(MINUTE_MS);
    clockOffsetMs = 300 * 24 * 60 * MINUTE_MS;
    for (const address of [email, nobodys]) {
      expect(await failTimes(1, address)).toEqual(['ACCOUNT_LOCKED']);
    }
  });
});

describe('S22: the owner’s way in', () => {
  it('stays open from a known device when an attacker has used up the attempts of unknown ones', async () => {
    const email = freshEmail();
    const owner = await server.signedInClient(email);
    await owner.expectSuccess('auth.logout');
    await failTimes(6, email);
    expect((await logIn(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    expect((await logIn(email, PASSWORD, owner)).status).toBe(200);
    expect((await logIn(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
  });

  it('is not closed to a known device by failures of unknown ones and of another known one', async () => {
    const email = freshEmail();
    const phone = await server.signedInClient(email);
    const laptop = server.client();
    await logIn(email, PASSWORD, laptop);
    await failInARow(75, [email]);
    let failures = 0;
    for (let round = 0; round < 5; round += 1) {
      const codes = await failTimes(6, email, phone);
      failures += codes.filter((code) => code === 'INVALID_CREDENTIALS').length;
      clockOffsetMs += 31 * MINUTE_MS;
    }
    expect(failures).toBe(12);
    expect(await failTimes(1, email)).toEqual(['ACCOUNT_LOCKED']);
    expect((await logIn(email, PASSWORD, laptop)).status).toBe(200);
  });

  it('is opened at the cap by a mailed link, for the browser in which it is pressed and nobody else', async () => {
    const [email, nobodys] = [freshEmail(), freshEmail()];
    await server.signedInClient(email);
    await failInARow(75, [email, nobodys]);
    for (const address of [email, nobodys]) {
      expect(await failTimes(3, address)).toEqual(Array(3).fill('ACCOUNT_LOCKED'));
    }
    const locks = (await server.mailsTo(email)).filter(({ subject }) => /guess/.test(subject));
    expect(locks).toHaveLength(1);
    expect(await server.mailsTo(nobodys)).toEqual([]);
    const link = new URL(locks[0]?.links[0] ?? '');
    expect(link.pathname).toBe('/unlock');

    const browser = server.client();
    const token = link.searchParams.get('token');
    await browser.expectSuccess('auth.unlock', { token });
    expect((await browser.call('auth.profile')).code).toBe('UNAUTHORIZED');
    expect(await failTimes(1, email, browser)).toEqual(['INVALID_CREDENTIALS']);
    expect((await server.client().call('auth.unlock', { token })).code).toBe('TOKEN_INVALID');

    await failInARow(75, [email]);
    expect(await failTimes(1, email)).toEqual(['ACCOUNT_LOCKED']);
    expect((await logIn(email, PASSWORD, browser)).status).toBe(200);
  });

  it('has a bucket for each known device', async () => {
    const email = freshEmail();
    const first = await server.signedInClient(email);
    const second = server.client();
    await logIn(email, PASSWORD, second);
    await failTimes(5, email, first);
    expect((await logIn(email, PASSWORD, first)).code).toBe('ACCOUNT_LOCKED');
    expect((await logIn(email, PASSWORD, second)).status).toBe(200);
  });

  it.each([
    ['signing in', (client: ApiClient, email: string) => logIn(email, PASSWORD, client)],
    ['a reset', resetPassword],
  ])('is not shared by %s with whoever planted a device cookie there', async (_name, signIn) => {
    const email = freshEmail();
    await server.signedInClient(email);
    const attacker = await server.signedInClient();
    const planted = attacker.cookies.get('mana.device') ?? '';
    const shared = server.client();
    shared.cookies.set('mana.device', planted);
    expect((await signIn(shared, email)).status).toBe(200);
    expect(shared.cookies.get('mana.device')).not.toBe(planted);

    await failTimes(5, email);
    expect(await failTimes(1, email, attacker)).toEqual(['ACCOUNT_LOCKED']);
    expect((await logIn(email, PASSWORD, shared)).status).toBe(200);
  });

  it.each([
    ['of another account', async () => (await server.signedInClient()).cookies.get('mana.device')],
    [
      'that names the owner’s device under a forged signature',
      async (owner: ApiClient) =>
        owner.cookies.get('mana.device')?.replace(/\.[^.]*$/, `.${'A'.repeat(43)}`),
    ],
    ['that is empty', async () => ''],
  ])('is not opened by a device cookie %s', async (_name, findCookie) => {
    const email = freshEmail();
    const owner = await server.signedInClient(email);
    await failTimes(5, email);
    const cookie = await findCookie(owner);
    if (cookie === undefined) throw new Error('There is no device cookie');
    const attacker = server.client();
    attacker.cookies.set('mana.device', cookie);
    expect((await logIn(email, PASSWORD, attacker)).code).toBe('ACCOUNT_LOCKED');
  });

  it('S23: stays open from a network with too many failures', async () => {
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const narrow = await startTestServer({
      environment: { TRUSTED_PROXIES: '127.0.0.1', LOCKOUT_NETWORK_FAILURES: '6' },
    });
    try {
      const email = freshEmail();
      const owner = await narrow.signedInClient(email);
      const call = (client: ApiClient, input: object, address: string) =>
        client.call('auth.login', input, from(address));
      for (let i = 0; i < 6; i += 1) {
        const input = { email: freshEmail(), password: 'one password for all' };
        const answer = await call(narrow.client(), input, `2001:db8::${i}`);
        expect(answer.code).toBe('INVALID_CREDENTIALS');
      }
      const input = { email, password: PASSWORD };
      const refused = await call(narrow.client(), input, '2001:db8::77');
      expect(refused).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await call(owner, input, '2001:db8::77')).status).toBe(200);
      expect((await call(narrow.client(), input, '2001:db8:0:1::77')).status).toBe(200);
    } finally {
      await narrow.close();
    }
  });
});

describe('S21: the lock holds', () => {
  it('on reauthentication, which counts like a sign-in', async () => {
    const email = freshEmail();
    const owner = await server.signedInClient(email);
    for (let i = 0; i < 5; i += 1) {
      const answer = await owner.call('auth.reauthenticate', { password: 'a wrong guess' });
      expect(answer.code).toBe('INVALID_CREDENTIALS');
    }
    const answers = [
      await owner.call('auth.reauthenticate', { password: PASSWORD }),
      await logIn(email, PASSWORD, owner),
    ];
    expect(answers.map((answer) => answer.code)).toEqual(['ACCOUNT_LOCKED', 'ACCOUNT_LOCKED']);
  });

  it('within a batch, where each call counts', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const attempt = { json: { email, password: 'a wrong guess' } };
    const body = JSON.stringify(
      Object.fromEntries(Array.from({ length: 8 }, (_, i) => [i, attempt])),
    );
    const path = Array(8).fill('auth.login').join(',');
    const response = await fetch(`${server.origin}/trpc/${path}?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const answers = (await response.json()) as {
      error: { json: { data: { auth: { code: string } } } };
    }[];
    const codes = answers.map((answer) => answer.error.json.data.auth.code).toSorted();
    expect(codes).toEqual([
      ...Array(3).fill('ACCOUNT_LOCKED'),
      ...Array(5).fill('INVALID_CREDENTIALS'),
    ]);
  });
});

describe('S19, S20: an infrastructure fault', () => {
  it('releases the reservation: a missing column counts for nothing', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await sql`alter table auth.sessions rename column user_agent to is_gone`.execute(server.owner);
    try {
      for (let i = 0; i < 10; i += 1) {
        expect((await logIn(email, PASSWORD)).code).toBe('SERVICE_UNAVAILABLE');
      }
    } finally {
      await sql`alter table auth.sessions rename column is_gone to user_agent`.execute(
        server.owner,
      );
    }
    expect(await countAttempts(email)).toEqual({ failed: 0, successful: 1 });
    expect(await failTimes(4, email)).toEqual(Array(4).fill('INVALID_CREDENTIALS'));
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('locks nobody, even if the reservation can’t be released: it lapses', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    // Every statement that settles or releases fails; reserving still works.
    await sql`
      create function auth.refuse_settling() returns trigger language plpgsql as
      $$ begin raise exception 'no' using errcode = '53100'; end $$
    `.execute(server.owner);
    await sql`
      create trigger refuse_settling before update on auth.lockouts for each row
      when (jsonb_array_length(jsonb_path_query_array(new.state, '$.buckets.*.pending[*]')) <=
        jsonb_array_length(jsonb_path_query_array(old.state, '$.buckets.*.pending[*]')))
      execute function auth.refuse_settling()
    `.execute(server.owner);
    try {
      for (let i = 0; i < 5; i += 1) {
        expect((await logIn(email, 'a wrong guess')).code).toBe('SERVICE_UNAVAILABLE');
      }
    } finally {
      await sql`drop function auth.refuse_settling cascade`.execute(server.owner);
    }
    clockOffsetMs = 15_000;
    expect((await logIn(email, PASSWORD)).status).toBe(200);
    expect(await countAttempts(email)).toEqual({ failed: 0, successful: 2 });
  });
});

describe('mana users unlock', () => {
  async function readUnlocks(): Promise<unknown[]> {
    return server.owner
      .selectFrom('auth.security_events as event')
      .leftJoin('auth.users as user', 'user.id', 'event.user_id')
      .select(['user.email', 'event.metadata'])
      .where('event_type', '=', 'ACCOUNT_UNLOCKED')
      .orderBy('event.created_at')
      .execute();
  }

  it('ends a lock, and says when there is none', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await failTimes(6, email);
    const unlock = () => describeUnlock(server.database.appUrl, ` ${email.toUpperCase()} `);
    expect(await unlock()).toBe(`${email} can sign in again: its failed attempts are forgotten.`);
    expect((await logIn(email, PASSWORD)).status).toBe(200);
    expect(await describeUnlock(server.database.appUrl, 'nobody@example.org')).toContain(
      'is not locked',
    );
  });

  it('removes a row that can’t be read, which let nobody in', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await server.owner
      .updateTable('auth.lockouts')
      .set({ state: JSON.stringify({ buckets: 'damaged' }) })
      .where('email', '=', email)
      .execute();
    expect((await logIn(email, PASSWORD)).status).toBeGreaterThanOrEqual(500);
    expect(await describeUnlock(server.database.appUrl, email)).toContain('can sign in again');
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('goes into the audit log if something was unlocked, even for an address that nobody has', async () => {
    const before = await readUnlocks();
    const [email, nobodys] = [freshEmail(), freshEmail()];
    await server.signedInClient(email);
    for (const address of [email, nobodys]) {
      await failTimes(6, address);
      await describeUnlock(server.database.appUrl, address);
      await describeUnlock(server.database.appUrl, address);
    }
    const metadata = { by: 'mana users unlock' };
    expect((await readUnlocks()).slice(before.length)).toEqual([
      { email, metadata },
      { email: null, metadata },
    ]);
  });
});

describe('a success', () => {
  it('clears the failures of its own bucket', async () => {
    const email = freshEmail();
    const owner = await server.signedInClient(email);
    for (let round = 0; round < 3; round += 1) {
      expect(await failTimes(4, email, owner)).toEqual(Array(4).fill('INVALID_CREDENTIALS'));
      expect((await logIn(email, PASSWORD, owner)).status).toBe(200);
    }
  });

  it('sets a signed device cookie that no script can read and that outlives signing out', async () => {
    const client = await server.signedInClient();
    const answer = await client.call('auth.logout');
    expect(answer.headers.getSetCookie().join()).not.toContain('mana.device');
    expect(client.cookies.get('mana.device')).toMatch(/^[\w-]{32}\.[\w-]{43}$/);
    expect(client.cookies.has('mana.session_token')).toBe(false);
  });

  it('is recorded with its method', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await failTimes(1, email);
    const rows = await server.owner
      .selectFrom('auth.login_attempts')
      .select(['successful', 'method', 'ip_address'])
      .where('email', '=', email)
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { successful: true, method: 'password', ip_address: '127.0.0.1' },
      { successful: false, method: 'password', ip_address: '127.0.0.1' },
    ]);
  });
});

describe('attempts on an address that nobody has', () => {
  it('lock out nobody who later proves that it is theirs', async () => {
    const email = freshEmail();
    await failTimes(5, email);
    expect((await logIn(email, 'a wrong guess')).code).toBe('ACCOUNT_LOCKED');
    const client = await server.signedInClient(email);
    expect((await client.call('auth.profile')).status).toBe(200);
  });

  it('lock out nobody who moves their account to it', async () => {
    const [user, email] = [await insertUser(server), freshEmail()];
    await failTimes(5, email);
    await user.client.expectSuccess('auth.changeEmail', { newEmail: email });
    const token = new URL(await server.newestLink(email)).searchParams.get('token');
    await user.client.expectSuccess('auth.verifyEmail', { token });
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });
});

describe('an attempt whose answer is lost', () => {
  let proxy: FaultProxy;
  let cut: TestServer;

  beforeAll(async () => {
    cut = await startTestServer({
      databaseUrl: async (url) => {
        const { hostname, port } = new URL(url);
        proxy = await startFaultProxy({ host: hostname, port: Number(port) });
        return proxy.url(url);
      },
    });
  });
  afterAll(async () => {
    await cut.close();
    await proxy.close();
  });

  const points = ['insert into "auth"."lockouts"', 'insert into auth.login_attempts'].flatMap(
    (at) =>
      (['before', 'after'] as const).flatMap((when) => [
        { at, when, earlier: 0 },
        { at, when, earlier: 4 },
      ]),
  );

  it.each(points)(
    'S20: counts for nothing, cut $when $at after $earlier failures',
    async (point) => {
      const { at, when, earlier } = point;
      const { email } = await insertUser(cut);
      const guess = (password = 'a wrong guess') =>
        cut.client().call('auth.login', { email, password });
      const countFailures = async () => {
        const attempts = cut.owner.selectFrom('auth.login_attempts').select('id');
        const rows = await attempts
          .where('email', '=', email)
          .where('successful', '=', false)
          .execute();
        return rows.length;
      };
      for (let i = 0; i < earlier; i += 1) expect((await guess()).code).toBe('INVALID_CREDENTIALS');

      await proxy.setMode({ kind: 'cut', since: at, at, when });
      expect((await guess()).code).toBe('SERVICE_UNAVAILABLE');
      await proxy.setMode({ kind: 'pass' });

      for (let i = earlier; i < 4; i += 1) expect((await guess()).code).toBe('INVALID_CREDENTIALS');
      await expect.poll(countFailures, PATIENCE).toBe(4);
      const { state } = await cut.owner
        .selectFrom('auth.lockouts')
        .select('state')
        .where('email', '=', email)
        .executeTakeFirstOrThrow();
      expect(state).toMatchObject({ consecutiveFailures: 4 });
      expect((await guess(PASSWORD)).status).toBe(200);
    },
  );

  it('is taken back without anybody asking, once the database is back', async () => {
    const { email } = await insertUser(cut);
    const at = 'insert into auth.login_attempts';
    await proxy.setMode({ kind: 'cut', since: at, at, when: 'after' });
    const answer = await cut.client().call('auth.login', { email, password: 'a wrong guess' });
    expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    await proxy.setMode({ kind: 'pass' });
    const readState = async () => {
      const query = cut.owner.selectFrom('auth.lockouts').select('state');
      return (await query.where('email', '=', email).executeTakeFirstOrThrow()).state;
    };
    await expect.poll(readState, PATIENCE).toEqual({ buckets: {}, consecutiveFailures: 0 });
  });
});

describe('a fault while a failure is settled', () => {
  it('S20: counts for nobody, not even for the network', async () => {
    const strict = await startTestServer({ environment: { LOCKOUT_NETWORK_FAILURES: '5' } });
    onTestFinished(() => strict.close());
    const [victim, other] = [await insertUser(strict), await insertUser(strict)];
    const rename = (from: string, to: string) =>
      sql`alter table auth.login_attempts rename column ${sql.id(from)} to ${sql.id(to)}`.execute(
        strict.owner,
      );
    const logInThere = (email: string, password: string) =>
      strict.client().call('auth.login', { email, password });
    await rename('method', 'is_gone');
    for (let i = 0; i < 5; i += 1) {
      expect((await logInThere(victim.email, 'a wrong guess')).code).toBe('SERVICE_UNAVAILABLE');
    }
    await rename('is_gone', 'method');
    expect((await logInThere(other.email, PASSWORD)).status).toBe(200);
  });
});
