import { inProofs } from '@mana/db/testing/in-proofs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { mutationPaths } from '../harness/procedure-calls.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const BODY_TYPES = {
  'multipart/form-data; boundary=x':
    '--x\r\nContent-Disposition: form-data; name="0"\r\n\r\n{}\r\n--x--\r\n',
  'text/plain': '{"json":{}}',
  'application/x-www-form-urlencoded': 'json=%7B%7D',
  'application/octet-stream': '{"json":{}}',
  'text/plain; application/json': '{"json":{}}',
};
const ORIGINS: Record<string, Record<string, string>> = {
  'a foreign origin': { origin: 'https://evil.example' },
  'the null origin': { origin: 'null' },
  'a look-alike origin': { origin: 'http://localhost:3000.evil.example' },
  'no origin, with a cookie': {},
};

describe('S9: a page that is not trusted makes nothing happen', () => {
  const email = freshEmail();
  let server: TestServer;
  let user: ApiClient;

  beforeAll(async () => {
    server = await startTestServer();
    user = await server.signedInClient(email);
  });
  afterAll(() => server.close());

  const attacks = mutationPaths.flatMap((path) =>
    Object.entries(BODY_TYPES).flatMap(([type, rawBody]) =>
      Object.entries(ORIGINS).map(([name, headers]) => ({ path, type, rawBody, name, headers })),
    ),
  );

  // Each mutation meets one of them, and so do each type and each origin.
  const few = attacks.filter((_, i) => i % 21 === 0);

  it.each(inProofs(attacks, { otherwise: few }))(
    '$path as $type from $name',
    async ({ path, type, rawBody, headers }) => {
      const before = await readState();
      const answer = await user.call(path, undefined, {
        rawBody,
        headers: { 'content-type': type, ...headers },
      });
      expect([400, 403]).toContain(answer.status);
      expect(['VALIDATION', 'FORBIDDEN']).toContain(answer.code);
      expect(await readState()).toEqual(before);
    },
  );

  it.each(['https://evil.example', 'null'])('not as JSON from %s either', async (origin) => {
    const before = await readState();
    for (const path of mutationPaths) {
      const input = { email, password: PASSWORD, name: 'Evil', token: 'x' };
      const answer = await user.call(path, input, { headers: { origin } });
      expect([path, answer.status, answer.code]).toEqual([path, 403, 'FORBIDDEN']);
    }
    expect(await readState()).toEqual(before);
  });

  it.each(mutationPaths)(
    '%s without a body, a type and an origin, but with a cookie',
    async (path) => {
      const before = await readState();
      const cookie = [...user.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(`${server.origin}/trpc/${path}`, {
        method: 'POST',
        headers: { cookie },
      });
      expect(response.status).toBe(403);
      expect(await readState()).toEqual(before);
    },
  );

  it('doesn’t allow a foreign page to read or to send, but does allow a trusted one', async () => {
    const ask = (origin: string) =>
      fetch(`${server.origin}/trpc/auth.login`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const foreign = await ask('https://evil.example');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const own = await ask('http://localhost:3000');
    expect(own.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(own.headers.get('access-control-allow-credentials')).toBe('true');
  });

  it('lets the trusted page through, and a program without cookies', async () => {
    const trusted = { headers: { origin: 'http://localhost:3000' } };
    expect((await user.call('auth.refresh', undefined, trusted)).status).toBe(200);
    const login = await server.client().call('auth.login', { email, password: PASSWORD });
    expect(login.status).toBe(200);
  });

  it('gives the session token only to programs, never to a page', async () => {
    const program = await server.client().call('auth.login', { email, password: PASSWORD });
    expect(program.headers.get('set-auth-token')).toBeTruthy();
    const page = await server
      .client()
      .call(
        'auth.login',
        { email, password: PASSWORD },
        { headers: { origin: 'http://localhost:3000' } },
      );
    expect(page.headers.get('set-auth-token')).toBeNull();
    expect(page.headers.getSetCookie().join()).toMatch(/httponly/i);
  });

  async function readState(): Promise<unknown> {
    const { rows } = await sql`
      select
        (select count(*) from auth.users) as users,
        (select string_agg(name, ',' order by id) from auth.users) as names,
        (select string_agg(id || expires_at, ',' order by id) from auth.sessions) as sessions,
        (select count(*) from auth.verification) as tokens,
        (select count(*) from auth.login_attempts) as attempts
    `.execute(server.owner);
    return rows[0];
  }
});
