import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const { callbackURL, headers = {} } = options;
    const input = { email, password: PASSWORD, name: 'New', ...(callbackURL && { callbackURL }) };
    const answer = await server.client().call('auth.register', input, { headers });
    expect(answer.status).toBe(200);
    return { email, link: await server.newestLink(email) };
  }

  function open(link: string): Promise<Response> {
    const { pathname, search } = new URL(link);
    return fetch(`${server.origin}${pathname}${search}`, { redirect: 'manual' });
  }

  const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';

  it('proves the address, and the password signs in only after that', async () => {
    const { email, link } = await register();
    const early = await server.client().call('auth.login', { email, password: PASSWORD });
    expect([early.status, early.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
    const opened = await open(link);
    expect(opened.status).toBe(303);
    expect(opened.headers.get('location')).toBe('http://localhost:3000/sign-in?verified=1');
    expect((await server.client().call('auth.login', { email, password: PASSWORD })).status).toBe(
      200,
    );
  });

  it('S7: works once, whichever of fifty simultaneous redemptions is first', async () => {
    const { link } = await register();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        server.client().call('auth.verifyEmail', { token: tokenOf(link) }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(new Set(answers.filter((a) => a.status !== 200).map((a) => a.code))).toEqual(
      new Set(['TOKEN_INVALID']),
    );
    expect((await open(link)).headers.get('location')).toContain(
      '/verify-email?error=TOKEN_INVALID',
    );
  });

  it('is not used up by HEAD, which mail scanners send', async () => {
    const { link } = await register();
    const { pathname, search } = new URL(link);
    const head = await fetch(`${server.origin}${pathname}${search}`, { method: 'HEAD' });
    expect(head.status).toBe(404);
    expect((await open(link)).headers.get('location')).toContain('verified=1');
  });

  it('ends after a day, and says so', async () => {
    const { link } = await register();
    now = new Date(now.getTime() + 24 * 3600 * 1000);
    const answer = await server.client().call('auth.verifyEmail', { token: tokenOf(link) });
    expect([answer.status, answer.code]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('no longer works once a newer one was used', async () => {
    const { email, link } = await register();
    await server.client().expectSuccess('auth.resendVerification', { email });
    const newer = await server.newestLink(email);
    expect(newer).not.toBe(link);
    expect((await server.client().call('auth.verifyEmail', { token: tokenOf(newer) })).status).toBe(
      200,
    );
    expect((await server.client().call('auth.verifyEmail', { token: tokenOf(link) })).code).toBe(
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
    const follow = async (callbackURL: string, said = callbackURL) => {
      const { link } = await register({ callbackURL });
      const url = new URL(link);
      url.searchParams.set('callbackURL', said);
      return (await open(url.href)).headers.get('location');
    };
    const page = 'https://app.example.org/welcome?a=1';
    expect(await follow(page)).toBe(page);
    expect(await follow('/profile')).toBe('http://localhost:3000/profile');
    for (const elsewhere of [
      'https://app.example.org/',
      'https://evil.example',
      '//evil.example',
    ]) {
      expect(await follow(page, elsewhere)).toBe('http://localhost:3000/sign-in?verified=1');
    }
  });

  it('passes an error on to the page that it leads to', async () => {
    const { link } = await register({ callbackURL: 'https://app.example.org/welcome?a=1' });
    await open(link);
    expect((await open(link)).headers.get('location')).toBe(
      'https://app.example.org/welcome?a=1&error=TOKEN_INVALID',
    );
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
      expect(response.headers.get('location')).toContain('error=TOKEN_INVALID');
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
