import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAppSecrets } from '../../src/secrets/app-secrets.ts';
import type { ApiClient } from '../harness/api-client.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

type Order = (good: string, bad: string) => string[];

const orders: Record<string, Order> = {
  'a copy before it': (good, bad) => [bad, good],
  'a copy after it': (good, bad) => [good, bad],
  'copies around it': (good, bad) => [bad, good, bad],
};

describe('a cookie that the browser sends more than once', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({
      environment: { BASE_URL: 'http://auth.example.org:3000', WEBAUTHN_RP_ID: 'example.org' },
    });
  });
  afterAll(() => server.close());

  /** The headers of a browser that has all of these values for one cookie. */
  function copies(name: string, values: readonly string[]) {
    return { headers: { cookie: values.map((value) => `${name}=${value}`).join('; ') } };
  }

  /** Copies that count for nothing: forged, signed with a former secret, and of a session that has ended. */
  async function uselessSessions(user: InsertedUser): Promise<Record<string, string>> {
    const ended = await user.signIn();
    const cookie = sessionOf(ended.client);
    await ended.client.expectSuccess('auth.logout');
    const [token = ''] = decodeURIComponent(cookie).split('.');
    return {
      forged: 'x.y',
      unsigned: token,
      former: `${token}.${'A'.repeat(43)}%3D`,
      ended: cookie,
    };
  }

  const sessionOf = (client: ApiClient) => client.cookies.get('mana.session_token') ?? '';

  it.each(Object.entries(orders))(
    'is still the session of its user, with %s',
    async (_name, order) => {
      const user = await insertUser(server);
      await user.client.expectSuccess('vault.init');
      for (const [kind, useless] of Object.entries(await uselessSessions(user))) {
        const sent = copies('mana.session_token', order(sessionOf(user.client), useless));
        for (const path of ['auth.profile', 'auth.sessionToToken', 'auth.refresh', 'vault.key']) {
          const answer = await server.client().call(path, undefined, sent);
          expect([kind, path, answer.status]).toEqual([kind, path, 200]);
        }
      }
    },
  );

  it.each(Object.entries(orders))(
    'ends every session that it names at sign-out, with %s',
    async (_name, order) => {
      const [one, other] = [await insertUser(server), await insertUser(server)];
      const sent = copies(
        'mana.session_token',
        order(sessionOf(one.client), sessionOf(other.client)),
      );
      const answer = await server.client().call('auth.logout', undefined, sent);
      expect(answer.status).toBe(200);
      for (const { client } of [one, other]) {
        expect((await client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
      }
      const cleared = answer.headers.getSetCookie().map((cookie) => cookie.toLowerCase());
      for (const path of ['/', '/trpc', '/trpc/']) {
        for (const domain of ['', 'auth.example.org', 'example.org']) {
          const isCleared = cleared.some((cookie) => {
            const parts = cookie.split(/; */);
            const ofDomain = parts.find((part) => part.startsWith('domain=')) ?? 'domain=';
            return (
              parts[0] === 'mana.session_token=' &&
              parts.includes('max-age=0') &&
              parts.includes(`path=${path}`) &&
              ofDomain === `domain=${domain}`
            );
          });
          expect([path, domain, isCleared]).toEqual([path, domain, true]);
        }
      }
    },
  );

  it.each(Object.entries(orders))(
    'gives way to a sign-in, which clears the copies, with %s',
    async (_name, order) => {
      const [before, user] = [await insertUser(server), await insertUser(server)];
      const sent = copies('mana.session_token', order(sessionOf(before.client), 'x.y'));
      const answer = await server
        .client()
        .call('auth.login', { email: user.email, password: PASSWORD }, sent);
      const cookies = answer.headers
        .getSetCookie()
        .filter((c) => c.startsWith('mana.session_token='));
      expect(cookies.at(-1)).toMatch(/^mana\.session_token=[^;]{20,}/);
      expect(cookies.slice(0, -1).every((cookie) => /Max-Age=0/i.test(cookie))).toBe(true);
      expect(cookies).toHaveLength(9);
    },
  );

  it('costs nothing where there is only one', async () => {
    const { client } = await insertUser(server);
    const answer = await client.call('auth.refresh');
    expect(answer.headers.getSetCookie()).toHaveLength(1);
  });

  it.each(Object.entries(orders))('is still the known device, with %s', async (_name, order) => {
    const user = await insertUser(server);
    const browser = server.client();
    const login = { email: user.email, password: PASSWORD };
    await browser.expectSuccess('auth.login', login);
    const device = browser.cookies.get('mana.device') ?? '';
    const former = createAppSecrets('a former secret that nobody accepts', []).sign(
      'id',
      'mana.device',
    );
    for (const useless of ['x.y', former]) {
      const sent = copies('mana.device', order(device, useless));
      expect((await server.client().call('auth.login', login, sent)).status).toBe(200);
    }
    const devices = await server.owner
      .selectFrom('auth.known_devices')
      .selectAll()
      .where('user_id', '=', user.id)
      .execute();
    expect(devices).toHaveLength(1);
  });

  it.each(Object.entries(orders))(
    'still stands for the first factor, with %s',
    async (_name, order) => {
      const user = await insertUser(server);
      const { challenge, backupCodes } = await insertSecondFactor(server, user);
      const sent = copies('mana.two_factor', order(challenge, 'of-an-earlier-sign-in'));
      const answer = await server
        .client()
        .call('auth.twoFactor.verifyBackupCode', { code: backupCodes[0] }, sent);
      expect([answer.status, answer.code]).toEqual([200, undefined]);
    },
  );
});
