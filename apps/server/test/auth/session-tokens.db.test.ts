import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const COOKIE = 'mana.session_token';
/** Requires a fresh session, and changes nothing. */
const FRESH_CALL = 'vault.passkeyOptions';

/** Which procedures replace the token, and what a copy of the former one can do, is in the access matrix. */
describe('a session', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({ now: () => now });
  });
  afterAll(() => server.close());

  function copyOf(client: ApiClient): ApiClient {
    const copy = server.client();
    for (const [name, value] of client.cookies) copy.cookies.set(name, value);
    return copy;
  }

  const prove = (client: ApiClient) => client.call('auth.reauthenticate', { password: PASSWORD });
  const claimsOf = (data: unknown) => decodeJwt((data as { accessToken: string }).accessToken);
  const listOf = async (client: ApiClient) => {
    const answer = await client.call('auth.sessions.list', undefined, { method: 'GET' });
    return (answer.data as { sessions: { id: string; current: boolean }[] }).sessions;
  };

  it('is listed once, by its current id, whichever token asks', async () => {
    const { client, sessionId } = await insertUser(server);
    const copy = copyOf(client);
    const { sid } = claimsOf((await prove(client)).data);
    expect(sid).not.toBe(sessionId);
    for (const caller of [client, copy]) {
      expect((await listOf(caller)).map(({ id, current }) => [id, current])).toEqual([[sid, true]]);
    }
  });

  it('never sends a former token back, nor an access token that outlives it', async () => {
    const { client } = await insertUser(server);
    const copy = copyOf(client);
    await prove(client);
    for (const path of ['auth.refresh', 'auth.sessionToToken']) {
      const answer = await copy.call(path);
      const { iat = 0, exp = 0 } = claimsOf(answer.data);
      expect([path, exp - iat <= 10]).toEqual([path, true]);
      expect(answer.headers.getSetCookie().filter((cookie) => cookie.startsWith(COOKIE))).toEqual(
        [],
      );
    }
  });

  it('that is proven by several calls at once has one new token, which all of them get', async () => {
    const { client } = await insertUser(server);
    const callers = Array.from({ length: 4 }, () => copyOf(client));
    const answers = await Promise.all(callers.map(prove));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(callers.map(({ cookies }) => cookies.get(COOKIE))).size).toBe(1);
    expect(await listOf(callers[0] ?? client)).toHaveLength(1);
    for (const caller of callers) expect((await caller.call(FRESH_CALL)).status).toBe(200);
  });

  it('is fresh after another proof, if the answer to the first one was lost', async () => {
    const { client } = await insertUser(server);
    await prove(copyOf(client));
    expect((await client.call(FRESH_CALL)).code).toBe('REAUTHENTICATION_REQUIRED');
    await prove(client);
    expect((await client.call(FRESH_CALL)).status).toBe(200);
  });

  it.each(['its former token', 'its new token'])(
    'ends under all its tokens when %s signs out',
    async (which) => {
      const { client } = await insertUser(server);
      const copy = copyOf(client);
      await prove(client);
      const [leaver, other] = which === 'its new token' ? [client, copy] : [copy, client];
      await leaver.expectSuccess('auth.logout');
      expect((await other.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    },
  );

  it.each(['auth.sessions.revokeOthers', 'auth.changePassword'])(
    'leaves no earlier token alive after %s',
    async (path) => {
      const { client } = await insertUser(server);
      const copy = copyOf(client);
      await prove(client);
      await client.expectSuccess(path, {
        currentPassword: PASSWORD,
        newPassword: 'a new and louder horse',
      });
      expect((await copy.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
      expect((await client.call(FRESH_CALL)).status).toBe(200);
    },
  );

  it('is ended from a list that was loaded before it got its new token', async () => {
    const { client, signIn } = await insertUser(server);
    const other = await signIn();
    await prove(other.client);
    now = new Date(now.getTime() + 10_000);
    await client.expectSuccess('auth.sessions.revoke', { id: other.sessionId });
    expect((await other.client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    const again = await client.call('auth.sessions.revoke', { id: other.sessionId });
    expect(again.code).toBe('NOT_FOUND');
  });

  it('isn’t ended by a former token that ends the others', async () => {
    const { client } = await insertUser(server);
    const copy = copyOf(client);
    await prove(client);
    await copy.expectSuccess('auth.sessions.revokeOthers');
    expect((await client.call('auth.profile')).status).toBe(200);
  });

  it('brings its new token to a program without a cookie jar', async () => {
    const { email } = await insertUser(server);
    const login = await server.client().call('auth.login', { email, password: PASSWORD });
    const call = (path: string, token: string | null, input?: unknown) =>
      server.client().call(path, input, { headers: { authorization: `Bearer ${token}` } });
    const former = login.headers.get('set-auth-token');
    const proven = await call('auth.reauthenticate', former, { password: PASSWORD });
    const current = proven.headers.get('set-auth-token');
    now = new Date(now.getTime() + 10_000);
    expect((await call(FRESH_CALL, current)).status).toBe(200);
    expect((await call(FRESH_CALL, former)).code).toBe('TOKEN_EXPIRED');
  });

  it('says in its access tokens how and when it was proven', async () => {
    const user = await insertUser(server);
    const { email } = user;
    const login = await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
    const auth_time = Math.floor(now.getTime() / 1000);
    expect(claimsOf(login)).toMatchObject({ amr: ['pwd'], auth_time });

    now = new Date(now.getTime() + 60_000);
    const client = (await user.signIn()).client;
    const proven = (await prove(client)).data;
    expect(claimsOf(proven)).toMatchObject({ amr: ['pwd'], auth_time: auth_time + 60 });
    now = new Date(now.getTime() + 60_000);
    const refreshed = await client.expectSuccess('auth.refresh');
    expect(claimsOf(refreshed)).toMatchObject({ amr: ['pwd'], auth_time: auth_time + 60 });

    const { code, challenge } = await insertSecondFactor(server, user);
    const both = await server.client().expectSuccess('auth.twoFactor.verifyTotp', {
      ...{ code: code(), challenge },
    });
    expect(claimsOf(both)['amr']).toEqual(['pwd', 'otp', 'mfa']);
  });

  it.each([
    ['a password alone', ['pwd']],
    ['nobody knows what', null],
  ])('of an account with two factors isn’t fresh if %s has proven it', async (_what, amr) => {
    const user = await insertUser(server);
    await insertSecondFactor(server, user);
    expect((await user.client.call(FRESH_CALL)).status).toBe(200);
    await server.owner
      .updateTable('auth.sessions')
      .set({ amr })
      .where('user_id', '=', user.id)
      .execute();
    expect((await user.client.call(FRESH_CALL)).code).toBe('REAUTHENTICATION_REQUIRED');
  });
});
