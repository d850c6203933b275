import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createSignedIn,
  type FaultServer,
  sendFailure,
  sendResult,
  startFaultServer,
} from '../../test/fault-server.fixture.ts';
import { createTestClient, dataOf } from '../../test/test-client.fixture.ts';

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterAll(() => server.stop());

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };
const noAbort: typeof fetch = (url, init) => fetch(url, { ...init, signal: null });

/** What a late response waits for. */
let released: PromiseWithResolvers<void>;
let nowMs: number;
beforeEach(() => {
  released = Promise.withResolvers();
  nowMs = Date.now();
  server.calls.length = 0;
});

describe('an access token', () => {
  it('comes from memory until half a minute before its end', async () => {
    const client = createTestClient(server.url, { now: () => nowMs });
    server.respondWith((_call, response) => sendResult(response, createSignedIn('ada')));
    const { accessToken } = dataOf(await client.login(credentials));
    nowMs += 860_000;
    expect(dataOf(await client.getAccessToken()).accessToken).toBe(accessToken);
    nowMs += 15_000;
    expect(dataOf(await client.getAccessToken()).accessToken).not.toBe(accessToken);
    expect(server.calls).toEqual(['auth.login', 'auth.refresh']);
  });

  it.each([-7_200_000, 7_200_000])(
    'is still used when the clock is off by %d ms',
    async (offMs) => {
      const client = createTestClient(server.url, { now: () => Date.now() + offMs });
      server.respondWith((_call, response) => sendResult(response, createSignedIn('ada')));
      dataOf(await client.login(credentials));
      dataOf(await client.getAccessToken());
      expect(server.calls).toEqual(['auth.login']);
    },
  );

  it('is requested once for 50 callers and a page that restores', async () => {
    const client = createTestClient(server.url);
    server.respondWith(async (_call, response) => {
      await sleep(30);
      sendResult(response, createSignedIn('ada'));
    });
    const [restored, ...tokens] = await Promise.all([
      client.restore(),
      ...Array.from({ length: 50 }, () => client.getAccessToken()),
    ]);
    expect(dataOf(restored)?.user.id).toBe('ada');
    expect(new Set(tokens.map((token) => dataOf(token).accessToken)).size).toBe(1);
    expect(server.calls).toEqual(['auth.sessionToToken']);
  });

  it('is requested again after a failure, but only when somebody calls again', async () => {
    const client = createTestClient(server.url);
    server.respondWith((_call, response) => void response.writeHead(503).end());
    expect((await client.getAccessToken()).success).toBe(false);
    expect((await client.getAccessToken()).success).toBe(false);
    expect(server.calls).toHaveLength(2);
  });
});

describe('a late response', () => {
  async function openPageThatRestores() {
    const client = createTestClient(server.url, { fetch: noAbort });
    server.respondWith(async (call, response) => {
      if (call === 'auth.login') return sendResult(response, createSignedIn('grace'));
      if (call === 'auth.logout') return sendResult(response, { signedOut: true });
      await released.promise;
      return sendResult(response, createSignedIn('ada'));
    });
    const late = [client.restore(), client.getAccessToken()] as const;
    await expect.poll(() => server.calls).toContain('auth.sessionToToken');
    return { client, late };
  }

  it("for an older session doesn't overwrite a sign-in", async () => {
    const { client, late } = await openPageThatRestores();
    const { accessToken } = dataOf(await client.login(credentials));
    released.resolve();
    expect(dataOf(await late[0])?.user.id).toBe('grace');
    expect(dataOf(await late[1]).accessToken).toBe(accessToken);
    await sleep(50);
    expect(client.session.get()).toMatchObject({ user: { id: 'grace' } });
    expect(dataOf(await client.getAccessToken()).accessToken).toBe(accessToken);
  });

  it("for an older session doesn't overwrite a sign-out", async () => {
    const { client, late } = await openPageThatRestores();
    dataOf(await client.logout());
    released.resolve();
    expect(dataOf(await late[0])).toBeNull();
    expect(await late[1]).toMatchObject({ code: 'UNAUTHORIZED' });
    await sleep(50);
    expect(client.session.get()).toEqual({ status: 'signed-out' });
  });

  it("that an older session is gone doesn't end a newer one", async () => {
    const client = createTestClient(server.url, { fetch: noAbort });
    server.respondWith(async (call, response) => {
      if (call === 'auth.login') return sendResult(response, createSignedIn('grace'));
      await released.promise;
      return sendFailure(response, 401, { code: 'TOKEN_EXPIRED' });
    });
    const late = [client.restore(), client.profile(), client.logout()] as const;
    await expect.poll(() => server.calls.length).toBe(3);
    dataOf(await client.login(credentials));
    released.resolve();
    expect(dataOf(await late[0])?.user.id).toBe('grace');
    await Promise.all(late);
    expect(client.session.get()).toMatchObject({ user: { id: 'grace' } });
  });

  it("isn't waited for once somebody has signed in", async () => {
    const { client, late } = await openPageThatRestores();
    dataOf(await client.login(credentials));
    expect(dataOf(await late[0])?.user.id).toBe('grace');
    released.resolve();
  });
});

describe('a client without a cookie jar', () => {
  it('sends the session token that it was given, and forgets it on signing out', async () => {
    const shown: (string | undefined)[] = [];
    const client = createTestClient(server.url);
    server.respondWith((call, response, request) => {
      shown.push(request.headers.authorization);
      if (call === 'auth.login') response.setHeader('set-auth-token', 'one.signed');
      sendResult(response, call === 'auth.logout' ? { signedOut: true } : createSignedIn('ada'));
    });
    await client.login(credentials);
    await client.profile();
    await client.logout();
    await client.restore();
    expect(shown).toEqual([undefined, 'Bearer one.signed', 'Bearer one.signed', undefined]);
  });
});
