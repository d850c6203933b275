import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const SESSION_CALLS = ['auth.profile', 'auth.sessionToToken', 'auth.refresh', 'auth.logout'];

describe('S12: sessions', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({ now: () => now });
  });
  afterAll(() => server.close());

  async function accessTokenOf(client: ApiClient): Promise<string> {
    const data = await client.expectSuccess('auth.sessionToToken');
    return (data as { accessToken: string }).accessToken;
  }

  const callWithToken = (path: string, accessToken: string) =>
    server.client().call(path, undefined, { headers: { authorization: `Bearer ${accessToken}` } });

  async function countSessions(email: string): Promise<number> {
    const { rows } = await sql<{ sessions: number }>`
      select count(*)::int as sessions
      from auth.sessions s join auth.users u on u.id = s.user_id where email = ${email}
    `.execute(server.owner);
    return rows[0]?.sessions ?? 0;
  }

  it('have tokens of at least 128 random bits, new at each sign-in', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const tokens = new Set<string>();
    for (let i = 0; i < 5; i += 1) {
      await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
    }
    const { rows } = await sql<{ token: string }>`
      select token from auth.sessions s join auth.users u on u.id = s.user_id where email = ${email}
    `.execute(server.owner);
    for (const { token } of rows) tokens.add(token);
    expect(tokens.size).toBe(6);
    // 22 characters from an alphabet of 62 carry 130 bits.
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{22,}$/);
  });

  it('are not carried over from before the sign-in', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const planted = await server.signedInClient();
    const before = planted.cookies.get('mana.session_token');
    await planted.expectSuccess('auth.login', { email, password: PASSWORD });
    expect(planted.cookies.get('mana.session_token')).not.toBe(before);
  });

  const endings: Record<string, (email: string) => Promise<unknown>> = {
    revoked: (email) =>
      sql`update auth.sessions set revoked_at = now() where user_id = (select id from auth.users where email = ${email})`.execute(
        server.owner,
      ),
    expired: (email) =>
      sql`update auth.sessions set expires_at = now() - interval '1 hour' where user_id = (select id from auth.users where email = ${email})`.execute(
        server.owner,
      ),
    deleted: (email) =>
      sql`delete from auth.sessions where user_id = (select id from auth.users where email = ${email})`.execute(
        server.owner,
      ),
    'of a user who is marked as deleted': (email) =>
      sql`update auth.users set deleted_at = now() where email = ${email}`.execute(server.owner),
    'of a user who is deleted': (email) =>
      sql`delete from auth.users where email = ${email}`.execute(server.owner),
  };

  it.each(Object.keys(endings))(
    'that are %s are dead on the next call, by cookie and by token',
    async (ending) => {
      const email = freshEmail();
      const client = await server.signedInClient(email);
      const accessToken = await accessTokenOf(client);
      await endings[ending]?.(email);
      for (const path of ['auth.profile', 'auth.sessionToToken', 'auth.refresh']) {
        const byCookie = await client.call(path);
        expect([path, byCookie.status, byCookie.code]).toEqual([path, 401, 'TOKEN_EXPIRED']);
      }
      const byToken = await callWithToken('auth.profile', accessToken);
      expect([byToken.status, byToken.code]).toEqual([401, 'TOKEN_EXPIRED']);
      // No script can clear the cookie; signing out does, whatever happened to the session.
      expect((await client.call('auth.logout')).status).toBe(200);
      expect(client.cookies.has('mana.session_token')).toBe(false);
    },
  );

  it('on a new device are reported to the owner, without the caller’s own words', async () => {
    const { id, email } = await insertUser(server);
    const created_at = new Date(now.getTime() - 24 * 3600_000);
    await server.owner.updateTable('auth.users').set({ created_at }).where('id', '=', id).execute();
    const headers = { 'user-agent': 'Call +1 555 0100 at once' };
    await server.client().call('auth.login', { email, password: PASSWORD }, { headers });
    const [mail, ...more] = await server.mailsTo(email);
    expect([mail?.subject, more]).toEqual(['A new device signed in to your account', []]);
    expect(mail?.text).toContain(`time: ${now.toISOString()}\naddress: 127.0.0.1\n`);
    expect(mail?.text).not.toContain('555');
  });

  it('S8: are not renewed, and make no access token, for a caller with only an access token', async () => {
    const accessToken = await accessTokenOf(await server.signedInClient());
    for (const path of ['auth.refresh', 'auth.sessionToToken']) {
      expect((await callWithToken(path, accessToken)).code).toBe('UNAUTHORIZED');
    }
    expect((await callWithToken('auth.profile', accessToken)).status).toBe(200);
  });

  it('are told apart: a header decides alone, and another session in the cookie stays', async () => {
    const [a, b] = [await server.signedInClient(), await server.signedInClient()];
    const authorization = `Bearer ${await accessTokenOf(a)}`;
    const both = await b.call('auth.logout', undefined, { headers: { authorization } });
    expect(both.status).toBe(200);
    expect(both.headers.getSetCookie()).toEqual([]);
    expect((await a.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    expect((await b.call('auth.profile')).status).toBe(200);
  });

  it('are not left behind by a sign-in that fails after the password was right', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    await sql`update auth.users set deleted_at = now() where email = ${email}`.execute(
      server.owner,
    );
    const before = await countSessions(email);
    const answer = await server.client().call('auth.login', { email, password: PASSWORD });
    expect(answer.code).toBe('INVALID_CREDENTIALS');
    expect(await countSessions(email)).toBe(before);
    const { rows } = await sql`
      select successful from auth.login_attempts where email = ${email} order by id desc limit 1
    `.execute(server.owner);
    expect(rows).toEqual([{ successful: false }]);
  });

  it('end with signing out, even for a copy of the cookie', async () => {
    const client = await server.signedInClient();
    const copy = server.client();
    for (const [name, value] of client.cookies) copy.cookies.set(name, value);
    await client.expectSuccess('auth.logout');
    expect(client.cookies.has('mana.session_token')).toBe(false);
    expect((await copy.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    expect((await client.call('auth.profile')).code).toBe('UNAUTHORIZED');
  });

  it('are not made from a forged cookie, token or header', async () => {
    const forged = [
      { cookie: 'mana.session_token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbb' },
      { cookie: 'mana.session_token=' },
      { authorization: 'Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
      { authorization: 'Bearer a.b.c' },
      { authorization: 'Bearer' },
      { authorization: 'Basic YTpi' },
    ];
    for (const headers of forged) {
      for (const path of SESSION_CALLS) {
        const answer = await server.client().call(path, undefined, { headers: { ...headers } });
        expect([headers, path, answer.code]).toEqual([headers, path, 'UNAUTHORIZED']);
      }
    }
  });

  it('can be used with a bearer session token by a program without a cookie jar', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const login = await server.client().call('auth.login', { email, password: PASSWORD });
    const authorization = `Bearer ${login.headers.get('set-auth-token')}`;
    const headers = { authorization };
    expect((await server.client().call('auth.profile', undefined, { headers })).status).toBe(200);
    expect((await server.client().call('auth.refresh', undefined, { headers })).status).toBe(200);
    expect((await server.client().call('auth.logout', undefined, { headers })).status).toBe(200);
    expect((await server.client().call('auth.profile', undefined, { headers })).code).toBe(
      'TOKEN_EXPIRED',
    );
  });

  it('an expired access token is told apart from a forged one, and validates as neither', async () => {
    const client = await server.signedInClient();
    const accessToken = await accessTokenOf(client);
    const call = () =>
      server
        .client()
        .call('auth.profile', undefined, { headers: { authorization: `Bearer ${accessToken}` } });
    expect((await call()).status).toBe(200);
    now = new Date(now.getTime() + 16 * 60 * 1000);
    expect((await call()).code).toBe('TOKEN_EXPIRED');
    expect(await client.expectSuccess('auth.validate', { token: accessToken })).toEqual({
      valid: false,
    });
    // The session itself goes on.
    expect((await client.call('auth.profile')).status).toBe(200);
  });

  it('are renewed by refresh after a day of use', async () => {
    const client = await server.signedInClient();
    const expiry = async () => {
      const token = client.cookies.get('mana.session_token')?.split('.')[0];
      const { rows } = await sql<{
        expires_at: Date;
      }>`select expires_at from auth.sessions where token = ${token}`.execute(server.owner);
      return rows[0]?.expires_at.getTime() ?? 0;
    };
    await sql`update auth.sessions set expires_at = now() + interval '10 days'`.execute(
      server.owner,
    );
    const before = await expiry();
    await client.expectSuccess('auth.refresh');
    expect(await expiry()).toBeGreaterThan(before + 15 * 24 * 3600 * 1000);
  });
});
