import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('the link in a verification mail', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({
      now: () => now,
      environment: { CALLBACK_URLS: 'https://app.example.org/welcome?a=1' },
    });
  });
  afterAll(() => server.close());

  async function register(
    options: { callbackURL?: string; headers?: Record<string, string> } = {},
  ) {
    const email = freshEmail();
    const client = server.client();
    const { callbackURL, headers = {} } = options;
    const input = { email, password: PASSWORD, name: 'New', ...(callbackURL && { callbackURL }) };
    const answer = await client.call('auth.register', input, { headers });
    expect(answer.status).toBe(200);
    return { email, client, link: await server.newestLink(email) };
  }

  function open(link: string): Promise<Response> {
    const { pathname, search } = new URL(link);
    return fetch(`${server.origin}${pathname}${search}`, { redirect: 'manual' });
  }

  const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';

  it('B1: a press in the browser that signed up proves the address, and the password signs in only after that', async () => {
    const { email, link, client } = await register();
    const early = await client.call('auth.login', { email, password: PASSWORD });
    expect([early.status, early.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
    const token = tokenOf(link);
    const described = await client.expectSuccess('auth.mailedLink', { token });
    expect(described).toEqual({
      kind: 'new-account',
      email,
      requires: 'nothing',
      continueTo: null,
    });
    await client.expectSuccess('auth.verifyEmail', { token });
    expect(client.cookies.has('mana.sign_up')).toBe(false);
    expect((await client.call('auth.login', { email, password: PASSWORD })).status).toBe(200);
  });

  it('B1: a press anywhere else requires the account’s password, and a wrong one is counted', async () => {
    const { email, link } = await register();
    const token = tokenOf(link);
    const elsewhere = (await register()).client;
    const described = await elsewhere.expectSuccess('auth.mailedLink', { token });
    expect(described).toMatchObject({ requires: 'password' });
    const missing = await elsewhere.call('auth.verifyEmail', { token });
    expect([missing.code, missing.error?.data.field]).toEqual(['VALIDATION', 'password']);
    const wrong = await elsewhere.call('auth.verifyEmail', { token, password: 'not this one' });
    expect(wrong.code).toBe('INVALID_CREDENTIALS');
    const attempts = server.owner.selectFrom('auth.login_attempts').select('successful');
    expect(await attempts.where('email', '=', email).execute()).toEqual([{ successful: false }]);
    await elsewhere.expectSuccess('auth.verifyEmail', { token, password: PASSWORD });
    await elsewhere.expectSuccess('auth.login', { email, password: PASSWORD });
  });

  it('B1: a cookie of another sign-up, a forged or a changed one doesn’t stand in for the password', async () => {
    const [one, other] = [await register(), await register()];
    const cookie = other.client.cookies.get('mana.sign_up') ?? '';
    const own = one.client.cookies.get('mana.sign_up') ?? '';
    for (const value of [
      cookie,
      `${own.split('.')[0]}.${cookie.split('.')[1]}`,
      own.slice(0, -1),
    ]) {
      const client = server.client();
      client.cookies.set('mana.sign_up', value);
      const answer = await client.call('auth.verifyEmail', { token: tokenOf(one.link) });
      expect(answer.code).toBe('VALIDATION');
    }
  });

  it('B1: its cookie is another each time, so that it tells nobody whether the account was there already', async () => {
    const { email, client } = await register();
    const cookies = [client.cookies.get('mana.sign_up')];
    for (const password of [PASSWORD, 'the password of a stranger', PASSWORD]) {
      await client.call('auth.register', { email, password, name: 'S' });
      cookies.push(client.cookies.get('mana.sign_up'));
    }
    expect(new Set(cookies).size).toBe(4);
    for (const cookie of cookies) expect(cookie).toMatch(/^[\w-]{36}\.[\w-]{43}$/);
  });

  it('B1: the owner of the mailbox ends a sign-up that isn’t theirs, and the address is free', async () => {
    const { email, link } = await register();
    const owner = server.client();
    const token = tokenOf(link);
    expect((await owner.call('auth.declineSignUp', { token })).data).toEqual({ ended: true });
    expect((await owner.call('auth.login', { email, password: PASSWORD })).code).toBe(
      'INVALID_CREDENTIALS',
    );
    for (const path of ['auth.verifyEmail', 'auth.declineSignUp', 'auth.mailedLink']) {
      expect((await owner.call(path, { token, password: PASSWORD })).code).toBe('TOKEN_INVALID');
    }
    const mine = { email, password: 'one that I chose myself', name: 'Owner' };
    expect((await owner.call('auth.register', mine)).status).toBe(200);
  });

  it('B1: no link is redeemed by GET, HEAD, prefetching or a preview, whatever it is for', async () => {
    const { link: signUp, client } = await register();
    const user = await insertUser(server);
    const newEmail = freshEmail();
    await user.client.expectSuccess('auth.changeEmail', { newEmail });
    const changed = await insertUser(server);
    const changedTo = freshEmail();
    await changed.client.expectSuccess('auth.changeEmail', { newEmail: changedTo });
    const change = { token: tokenOf(await server.newestLink(changedTo)) };
    await changed.client.expectSuccess('auth.verifyEmail', change);
    const forgetful = await insertUser(server);
    await server.client().expectSuccess('auth.forgotPassword', { email: forgetful.email });
    const links = {
      signUp,
      change: await server.newestLink(newEmail),
      undo: await server.newestLink(changed.email),
      reset: await server.newestLink(forgetful.email),
    };
    const openings: RequestInit[] = [
      {},
      { method: 'HEAD' },
      { headers: { 'sec-purpose': 'prefetch;prerender' } },
      { headers: { purpose: 'prefetch', 'x-moz': 'prefetch' } },
      { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0', accept: '*/*' } },
    ];
    for (const link of Object.values(links)) {
      const { pathname, search } = new URL(link);
      for (const opening of openings) {
        // As the browser that may do it, and follows every redirect.
        const cookie = [...client.cookies, ...user.client.cookies].map((pair) => pair.join('='));
        const headers = { cookie: cookie.join('; '), ...opening.headers };
        const url = `${server.origin}${pathname}${search}`;
        const first = await fetch(url, { ...opening, headers, redirect: 'manual' });
        const next = first.headers.get('location')?.replace('http://localhost:3000', server.origin);
        if (next) await fetch(next, { ...opening, headers });
      }
    }
    for (const token of Object.values(links).map(tokenOf)) {
      await server.client().call('auth.mailedLink', { token });
    }
    const press = async (by: ApiClient, path: string, input: object) =>
      (await by.call(path, input)).status;
    expect([
      await press(client, 'auth.verifyEmail', { token: tokenOf(links.signUp) }),
      await press(user.client, 'auth.verifyEmail', { token: tokenOf(links.change) }),
      await press(server.client(), 'auth.undoEmailChange', { token: tokenOf(links.undo) }),
      await press(server.client(), 'auth.resetPassword', {
        token: tokenOf(links.reset),
        newPassword: 'another quiet horse',
      }),
    ]).toEqual([200, 200, 200, 200]);
  });

  it('S7: works once, whichever of fifty simultaneous redemptions is first', async () => {
    const { link, client } = await register();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.call('auth.verifyEmail', { token: tokenOf(link) })),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(new Set(answers.filter((a) => a.status !== 200).map((a) => a.code))).toEqual(
      new Set(['TOKEN_INVALID']),
    );
  });

  it('ends after a day, and says so', async () => {
    const { link, client } = await register();
    now = new Date(now.getTime() + 24 * 3600 * 1000);
    const answer = await client.call('auth.verifyEmail', { token: tokenOf(link) });
    expect([answer.status, answer.code]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('no longer works once a newer one was used', async () => {
    const { email, link, client } = await register();
    await server.client().expectSuccess('auth.resendVerification', { email });
    const newer = await server.newestLink(email);
    expect(newer).not.toBe(link);
    await client.expectSuccess('auth.verifyEmail', { token: tokenOf(newer) });
    expect((await client.call('auth.verifyEmail', { token: tokenOf(link) })).code).toBe(
      'TOKEN_INVALID',
    );
  });

  it('proves nothing once the account has another address', async () => {
    const { email, link } = await register();
    await sql`update auth.users set email = ${freshEmail()} where email = ${email}`.execute(
      server.owner,
    );
    expect((await server.client().call('auth.verifyEmail', { token: tokenOf(link) })).code).toBe(
      'TOKEN_INVALID',
    );
  });

  it('can’t be read from the database', async () => {
    const { link } = await register();
    const { rows } = await sql`select * from auth.verification`.execute(server.owner);
    expect(JSON.stringify(rows)).not.toContain(tokenOf(link));
  });

  it('S17: never follows the Host of the request', async () => {
    const { link } = await register({
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
      },
    });
    expect(new URL(link).origin).toBe('http://localhost:3000');
  });

  it('S16: leads only to the pages that are named, whatever the link says', async () => {
    const page = 'https://app.example.org/welcome?a=1';
    const { link, client } = await register({ callbackURL: page });
    const url = new URL(link);
    expect(url.searchParams.get('callbackURL')).toBe(page);
    const opened = await open(url.href);
    expect(opened.headers.get('location')).toBe(`http://localhost:3000/verify-email${url.search}`);
    const follow = async (callbackURL: string) => {
      const input = { token: tokenOf(link), callbackURL };
      const { continueTo } = (await client.expectSuccess('auth.mailedLink', input)) as {
        continueTo: string | null;
      };
      return continueTo;
    };
    expect(await follow(page)).toBe(page);
    expect(await follow('/profile')).toBe('http://localhost:3000/profile');
    for (const elsewhere of [
      'https://app.example.org/',
      'https://evil.example',
      '//evil.example',
      '',
    ]) {
      expect(await follow(elsewhere)).toBeNull();
    }
  });

  it('without a token, or with nonsense, is an invalid link', async () => {
    for (const query of [
      '',
      '?token=',
      '?token=%00',
      `?token=${'x'.repeat(5000)}`,
      '?token=a&token=b',
    ]) {
      const response = await open(`http://x/api/auth/verify-email${query}`);
      const location = new URL(response.headers.get('location') ?? '');
      expect(`${location.origin}${location.pathname}`).toBe('http://localhost:3000/verify-email');
      const token = location.searchParams.get('token') ?? '';
      const answer = await server.client().call('auth.mailedLink', { token });
      expect(answer.code).toBe('TOKEN_INVALID');
    }
  });

  it('is the only route of Better Auth that is served', async () => {
    for (const path of [
      'sign-in/email',
      'sign-up/email',
      'get-session',
      'sign-out',
      'ok',
      'error',
      'list-sessions',
      'send-verification-email',
    ]) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(`${server.origin}/api/auth/${path}`, { method });
        expect([path, response.status]).toEqual([path, 404]);
      }
    }
  });
});
