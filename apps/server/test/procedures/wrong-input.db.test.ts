import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertUser } from '../harness/insert-user.ts';
import { procedures } from '../harness/procedures.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('wrong input gets a clear error', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  async function post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    type = 'application/json',
  ) {
    const answer = await server
      .client()
      .call(path, undefined, { rawBody: body, headers: { 'content-type': type } });
    return [answer.status, answer.code];
  }

  it.each([
    ['no body', ''],
    ['broken JSON', '{"json":'],
    ['JSON that isn’t an object', '"x"'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no superjson envelope', '{"email":"a@example.org"}'],
    ['wrong types', '{"json":{"email":5,"password":[]}}'],
    ['nothing in it', '{"json":{}}'],
    ['a class to revive', '{"json":{"email":"x"},"meta":{"values":["class","Foo"]}}'],
    ['a class deep down', '{"json":{"email":"x"},"meta":{"values":{"email":[["class","Foo"]]}}}'],
    ['a big number to revive', '{"json":{"email":"9"},"meta":{"values":{"email":["bigint"]}}}'],
    ['a path to a prototype', '{"json":{"a":"x"},"meta":{"values":{"__proto__.x":["Date"]}}}'],
    ['references', '{"json":{"a":{}},"meta":{"referentialEqualities":{"a":["__proto__"]}}}'],
    ['a NUL character', '{"json":{"email":"a\\u0000@example.org","password":"x"}}'],
  ])('a sign-in with %s is VALIDATION', async (_name, body) => {
    expect(await post('auth.login', body)).toEqual([400, 'VALIDATION']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  const notUtf8 = {
    'a byte that UTF-8 never has': Buffer.from([0xff]),
    'Latin-1': Buffer.from('é', 'latin1'),
    'a cut character': Buffer.from('é').subarray(0, 1),
    'a surrogate in UTF-8': Buffer.from([0xed, 0xa0, 0x80]),
    'an overlong slash': Buffer.from([0xc0, 0xaf]),
    'half a surrogate pair, escaped': Buffer.from('\\ud83d'),
    'the other half, escaped': Buffer.from('\\\\\\uDE00'),
  };
  it.each(Object.entries(notUtf8))(
    'text with %s is VALIDATION at every procedure, in body and address, and no failed password',
    async (_name, bytes) => {
      const email = freshEmail();
      const { client } = await insertUser(server);
      for (const path of Object.keys(procedures)) {
        const fields = Buffer.from(`{"json":{"email":"${email}","password":"`);
        const rawBody = Buffer.concat([fields, bytes, Buffer.from('"}}')]);
        const answer = await client.call(path, undefined, { rawBody });
        expect([path, answer.status, answer.code]).toEqual([path, 400, 'VALIDATION']);
        const percent = [...rawBody]
          .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
          .join('');
        const response = await fetch(`${server.origin}/trpc/${path}?input=${percent}`);
        expect([path, response.status]).toEqual([path, 400]);
      }
      const attempts = server.owner
        .selectFrom('auth.login_attempts')
        .selectAll()
        .where('email', '=', email);
      expect(await attempts.execute()).toEqual([]);
    },
  );

  it('text that is UTF-8 stays as it is: pairs of escaped surrogates, and backslashes before a u', async () => {
    const user = await insertUser(server);
    const rawBody = '{"json":{"name":"\\ud83d\\ude00 é 😀 \\\\ud83d"}}';
    const answer = await user.client.call('auth.updateProfile', undefined, { rawBody });
    expect(answer.data).toMatchObject({ user: { name: '😀 é 😀 \\ud83d' } });
  });

  it.each([
    ['an address without a domain', { email: 'anna' }],
    ['an address of 300 characters', { email: `${'a'.repeat(300)}@example.org` }],
    ['an empty name', { name: '   ' }],
    ['a name with a line break', { name: 'Anna\r\nBcc: all@example.org' }],
    ['a name of 200 characters', { name: 'a'.repeat(200) }],
    ['a password of 300 characters', { password: 'a'.repeat(300) }],
    ['an empty password', { password: '' }],
  ])('a sign-up with %s is VALIDATION, and says which field', async (_name, change) => {
    const input = { email: freshEmail(), password: PASSWORD, name: 'Anna', ...change };
    const answer = await server.client().call('auth.register', input);
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
    expect(answer.error?.data.field).toBe(Object.keys(change)[0]);
  });

  it('a sign-up with a short password is WEAK_PASSWORD', async () => {
    const input = { email: freshEmail(), password: 'short', name: 'Anna' };
    const answer = await server.client().call('auth.register', input);
    expect([answer.status, answer.code]).toEqual([400, 'WEAK_PASSWORD']);
    expect(answer.error?.message).toContain('at least 8 characters');
    expect(answer.error?.data.field).toBe('password');
  });

  it('a field that a client may not set is ignored', async () => {
    const email = freshEmail();
    const input = { email, password: PASSWORD, name: 'A', role: 'admin', emailVerified: true };
    await server.client().expectSuccess('auth.register', input);
    expect((await server.client().call('auth.login', { email, password: PASSWORD })).code).toBe(
      'EMAIL_NOT_VERIFIED',
    );
    const user = await server.signedInClient();
    const { user: profile } = (await user.expectSuccess('auth.updateProfile', {
      name: 'B',
      role: 'admin',
    })) as { user: { role: string } };
    expect(profile.role).toBe('user');
  });

  it.each(['https://a.example/\u0000', 'https://a.example/ " onerror=x', 'https://a.example/ä'])(
    'an image is stored as the URL parser writes it: %j',
    async (image) => {
      const user = await server.signedInClient();
      const { user: profile } = (await user.expectSuccess('auth.updateProfile', { image })) as {
        user: { image: string };
      };
      expect(profile.image).toMatch(/^https:\/\/a\.example\/[\w%"=-]*$/);
      expect(profile.image).not.toMatch(/[\s"]/);
    },
  );

  it.each(['javascript:alert(1)', 'http://a.example/x.png', 'data:image/png;base64,x', 'x.png'])(
    'an image at %s is VALIDATION',
    async (image) => {
      const answer = await (await server.signedInClient()).call('auth.updateProfile', { image });
      expect([answer.code, answer.error?.data.field]).toEqual(['VALIDATION', 'image']);
    },
  );

  it('spaces around an address and capitals in it make no difference', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const typed = ` ${email.toUpperCase()} `;
    expect(
      (await server.client().call('auth.login', { email: typed, password: PASSWORD })).status,
    ).toBe(200);
  });

  it('a body of 10 MB is refused before it is read', async () => {
    const outcome = await new Promise<{ status: number | undefined; sent: number }>(
      (resolve, reject) => {
        const outgoing = request(
          `${server.origin}/trpc/auth.login`,
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'content-length': 10_000_000 },
          },
          (response) => {
            resolve({ status: response.statusCode, sent: outgoing.socket?.bytesWritten ?? 0 });
            outgoing.destroy();
          },
        );
        outgoing.on('error', reject);
        outgoing.write('{');
      },
    );
    expect(outcome.status).toBe(400);
    expect(outcome.sent).toBeLessThan(10_000);
  });

  it('a large body says that it is too large', async () => {
    const body = JSON.stringify({ json: { email: 'a'.repeat(70_000) } });
    const answer = await server.client().call('auth.login', undefined, { rawBody: body });
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
    expect(answer.error?.message).toContain('64 KiB');
  });

  it.each([
    'auth.nothing',
    'nothing',
    'auth',
    '__proto__',
    'auth.__proto__',
    'constructor',
    'auth.login.x',
  ])('an unknown procedure (%s) is NOT_FOUND', async (path) => {
    expect(await post(path, '{}')).toEqual([404, 'NOT_FOUND']);
  });

  it('a mutation by GET is VALIDATION, and does nothing', async () => {
    const user = await server.signedInClient();
    const answer = await user.call('auth.logout', undefined, { method: 'GET' });
    expect(answer.code).toBe('VALIDATION');
    expect((await user.call('auth.profile')).status).toBe(200);
  });

  it('an address outside the API is a plain 404', async () => {
    for (const path of ['/nothing', '/trpc', '/.env', '/api/auth', '/../etc/passwd', '/%']) {
      const response = await fetch(`${server.origin}${path}`);
      expect([400, 404]).toContain(response.status);
      expect(await response.text()).not.toMatch(/at .*\.ts|node_modules/);
    }
  });

  it('an unknown path can’t write a line of its own into the log', async () => {
    await post('x%0a[01:00:00]%20INFO:%20forged', '{}');
    expect(server.logLines.some((line) => line.msg.includes('\n'))).toBe(false);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('%s is NOT_FOUND in the same envelope', async (method) => {
    const response = await fetch(`${server.origin}/trpc/auth.profile`, { method });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('"code":"NOT_FOUND"');
  });

  it('no error carries a stack, an SQL fragment or a cause', async () => {
    const answer = await server.client().call('auth.login', { email: 5 });
    expect(answer.error?.data.stack).toBeUndefined();
    expect(answer.text).not.toMatch(/\.ts|select|node_modules|stack/);
  });

  it('no log line holds a password, a token or a cookie', async () => {
    const email = freshEmail();
    const user = await server.signedInClient(email);
    await user.call('auth.login', { email, password: 'a very wrong password' });
    const token = new URL(await server.newestLink(email)).searchParams.get('token') ?? '-';
    const cookie = user.cookies.get('mana.session_token') ?? '-';
    const log = server.logText();
    for (const secret of [
      PASSWORD,
      'a very wrong password',
      token,
      cookie,
      decodeURIComponent(cookie),
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});
