import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import type { PreparedCall } from '../harness/procedure-calls.ts';
import { createCallMaker } from '../harness/procedure-calls.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

/**
 * What needs only the configuration or a key, the challenge of a passkey, which belongs to nobody yet, and the
 * vault's one statement, which reads of the user only whether they are deleted.
 */
const NEED_NO_USER = [
  'auth.signupStatus',
  'auth.validate',
  'passkeys.authenticateOptions',
  'passkeys.capability',
  'vault.key',
  'vault.passkeyWraps',
];

describe('the incident: auth.users.onboarding_completed_at is gone', () => {
  const email = freshEmail();
  const newcomer = freshEmail();
  let server: TestServer;
  let user: ApiClient;
  let mailedToken: string | null;
  let calls: PreparedCall[];

  beforeAll(async () => {
    server = await startTestServer();
    user = await server.signedInClient(email);
    await server.client().expectSuccess('auth.register', {
      email: newcomer,
      password: PASSWORD,
      name: 'Newcomer',
    });
    mailedToken = new URL(await server.newestLink(newcomer)).searchParams.get('token');
    calls = await (await createCallMaker(server))();
    await sql`alter table auth.users drop column onboarding_completed_at`.execute(server.owner);
  });
  afterAll(() => server.close());

  it('answers every procedure that touches the database with 503, and counts nothing', async () => {
    const before = await countRows();
    const cookies = new Map(user.cookies);
    const inputs: Record<string, unknown> = {
      'auth.register': { email: freshEmail(), password: PASSWORD, name: 'Late' },
      'auth.verifyEmail': { token: mailedToken, password: PASSWORD },
      'auth.resendVerification': { email: newcomer },
      'auth.login': { email, password: PASSWORD },
      'auth.sessionToToken': undefined,
      'auth.refresh': undefined,
      'auth.profile': undefined,
      'auth.updateProfile': { name: 'Changed' },
      'auth.logout': undefined,
    };
    for (const [path, input] of Object.entries(inputs)) {
      const answer = await user.call(path, input);
      expect([path, answer.status, answer.code]).toEqual([path, 503, 'SERVICE_UNAVAILABLE']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.text).not.toContain('onboarding');
    }
    // A wrong password, five times: the old wrapper locked the owner out here.
    for (let i = 0; i < 5; i += 1) {
      expect((await user.call('auth.login', { email, password: 'wrong' })).status).toBe(503);
    }
    expect(await countRows()).toEqual(before);
    expect(user.cookies).toEqual(cookies);
  });

  it('answers every other procedure with 503 too, except those that need no user', async () => {
    const before = await countRows();
    const unharmed: string[] = [];
    // `health` follows the watch, which checks every two seconds.
    for (const { path, client, input } of calls.filter((call) => call.path !== 'health')) {
      const answer = await client.call(path, input);
      if (answer.status === 200) unharmed.push(path);
      else expect([path, answer.status, answer.code]).toEqual([path, 503, 'SERVICE_UNAVAILABLE']);
    }
    expect(unharmed.toSorted()).toEqual(NEED_NO_USER);
    expect(await countRows()).toEqual({ ...before, tokens: expect.anything() });
  });

  it('keeps validating access tokens, which needs no database', async () => {
    expect(await user.expectSuccess('auth.validate', { token: 'nonsense' })).toEqual({
      valid: false,
    });
  });

  it('still leads from the link in a mail to its page, which is told 503, and the link stays valid', async () => {
    const link = await server.newestLink(newcomer);
    const opened = await fetch(withOrigin(link), { redirect: 'manual' });
    expect([opened.status, opened.headers.get('location')]).toEqual([
      303,
      `http://localhost:3000/verify-email?token=${mailedToken}`,
    ]);
    const answer = await user.call('auth.mailedLink', { token: mailedToken });
    expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  it('writes one log line for each call, which names the SQLSTATE and the column', async () => {
    const { error } = await user.call('auth.login', { email, password: PASSWORD });
    const id = error?.data.auth.requestId;
    const lines = server.logLines.filter((line) => line['requestId'] === id && line.level > 20);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 50, code: 'SERVICE_UNAVAILABLE', rawCode: '42703' });
    expect(JSON.stringify(lines[0])).toContain('onboarding_completed_at');
  });

  it('is named by /readyz and by health', async () => {
    await expect
      .poll(() => fetch(`${server.origin}/readyz`).then((r) => r.text()))
      .toContain('auth.users.onboarding_completed_at: column missing (timestamptz, nullable)');
    const response = await fetch(`${server.origin}/readyz`);
    expect(response.status).toBe(503);
    expect((await user.call('health')).status).toBe(503);
  });

  it('is over when the column is back, without a restart: sessions, links and passwords still work', async () => {
    await sql`alter table auth.users add column onboarding_completed_at timestamptz`.execute(
      server.owner,
    );
    await user.expectSuccess('auth.profile');
    await user.expectSuccess('auth.login', { email, password: PASSWORD });
    await user.expectSuccess('auth.verifyEmail', { token: mailedToken, password: PASSWORD });
    await expect.poll(() => fetch(`${server.origin}/readyz`).then((r) => r.status)).toBe(200);
  });

  async function countRows() {
    const { rows } = await sql<Record<string, string>>`
      select
        (select count(*) from auth.login_attempts) as attempts,
        (select count(*) from auth.sessions where revoked_at is null) as sessions,
        (select count(*) from auth.verification) as tokens,
        (select count(*) from auth.users) as users
    `.execute(server.owner);
    return rows[0];
  }

  function withOrigin(link: string): string {
    const { pathname, search } = new URL(link);
    return `${server.origin}${pathname}${search}`;
  }
});
