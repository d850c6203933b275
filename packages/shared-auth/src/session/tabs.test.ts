import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createSignedIn,
  type FaultServer,
  sendFailure,
  sendResult,
  startFaultServer,
} from '../../test/fault-server.fixture.ts';
import { createTestClient, dataOf } from '../../test/test-client.fixture.ts';
import type { TabPlatform } from './tabs.ts';

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };

let server: FaultServer;
let channels: BroadcastChannel[];
let nowMs: number;
beforeEach(async () => {
  server = await startFaultServer();
  channels = [];
  nowMs = Date.now();
});
afterEach(async () => {
  for (const channel of channels) channel.close();
  await server.stop();
});

/** A tab with the platform's own BroadcastChannel and Web Locks, which Node has as well. */
function openTab(platform: Partial<TabPlatform> = {}) {
  return createTestClient(server.url, {
    now: () => nowMs,
    tabPlatform: { createChannel: openChannel, locks: navigator.locks, ...platform },
  });
}

function openChannel(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channels.push(channel);
  return channel;
}

function respondAsAda(delayMs = 20): void {
  server.respondWith(async (call, response) => {
    await sleep(delayMs);
    sendResult(response, call === 'auth.logout' ? { signedOut: true } : createSignedIn('ada'));
  });
}

describe('tabs of one origin', () => {
  it('hear of a sign-in, with its token, and of a sign-out', async () => {
    const [one, other] = [openTab(), openTab()];
    respondAsAda();
    const { accessToken } = dataOf(await one.login(credentials));
    await expect.poll(() => other.session.get()).toMatchObject({ user: { id: 'ada' } });
    expect(dataOf(await other.getAccessToken()).accessToken).toBe(accessToken);
    dataOf(await other.logout());
    await expect.poll(() => one.session.get()).toEqual({ status: 'signed-out' });
    expect(server.calls).toEqual(['auth.login', 'auth.logout']);
  });

  it('restore with one request for all of them', async () => {
    const tabs = Array.from({ length: 10 }, () => openTab());
    respondAsAda(100);
    const restored = await Promise.all(tabs.map((tab) => tab.restore()));
    expect(restored.map((result) => dataOf(result)?.user.id)).toEqual(Array(10).fill('ada'));
    expect(server.calls).toEqual(['auth.sessionToToken']);
  });

  it('renew with one request for all callers in all of them', async () => {
    const tabs = Array.from({ length: 5 }, () => openTab());
    respondAsAda(100);
    await Promise.all(tabs.map((tab) => tab.restore()));
    nowMs += 900_000;
    const tokens = await Promise.all(
      tabs.flatMap((tab) => Array.from({ length: 10 }, () => tab.getAccessToken())),
    );
    expect(new Set(tokens.map((token) => dataOf(token).accessToken)).size).toBe(1);
    expect(server.calls).toEqual(['auth.sessionToToken', 'auth.refresh']);
  });

  it('share a failure too, instead of each waiting in turn', async () => {
    const tabs = Array.from({ length: 5 }, () => openTab());
    server.respondWith(async (_call, response) => {
      await sleep(50);
      response.writeHead(502).end('<html>');
    });
    const results = await Promise.all(tabs.map((tab) => tab.restore()));
    for (const result of results) expect(result).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(tabs.map((tab) => tab.session.get().status)).toEqual(Array(5).fill('unknown'));
    expect(server.calls).toHaveLength(1);
  });

  it('all learn that the session has ended', async () => {
    const [one, other] = [openTab(), openTab()];
    respondAsAda();
    dataOf(await one.login(credentials));
    await expect.poll(() => other.session.get().status).toBe('signed-in');
    server.respondWith((_call, response) => sendFailure(response, 401, { code: 'TOKEN_EXPIRED' }));
    await one.profile();
    await expect.poll(() => other.session.get()).toEqual({ status: 'signed-out', ended: true });
  });

  it('carry on by themselves when the renewing tab disappears', async () => {
    const released = Promise.withResolvers<void>();
    const name = `mana-auth ${server.url}`;
    const stuck = navigator.locks.request(name, () => released.promise);
    respondAsAda();
    const restored = openTab().restore();
    await sleep(50);
    expect(server.calls).toEqual([]);
    released.resolve();
    await stuck;
    expect(dataOf(await restored)?.user.id).toBe('ada');
  });

  it('wait for a hanging tab no longer than a request may take', async () => {
    const released = Promise.withResolvers<void>();
    const stuck = navigator.locks.request(`mana-auth ${server.url}`, () => released.promise);
    respondAsAda();
    const hurried = createTestClient(server.url, {
      tabPlatform: { createChannel: openChannel, locks: navigator.locks },
      requestTimeoutMs: 500,
    });
    expect(dataOf(await hurried.restore())?.user.id).toBe('ada');
    released.resolve();
    await stuck;
  });

  it.each([
    ['BroadcastChannel', { createChannel: undefined }],
    ['Web Locks', { locks: undefined }],
    ['permission for locks', { locks: { request: () => Promise.reject(new Error('no')) } }],
  ])('each work by themselves without %s', async (_missing, platform) => {
    const [one, other] = [openTab(platform), openTab(platform)];
    respondAsAda();
    for (const tab of [one, other]) {
      expect(dataOf(await tab.restore())?.user.id).toBe('ada');
    }
  });

  it("don't let an older session's late token or sign-out overwrite a newer sign-in", async () => {
    const tab = openTab();
    server.respondWith((_call, response) => sendResult(response, createSignedIn('grace')));
    dataOf(await tab.login(credentials));
    const older = openTab();
    server.respondWith((_call, response) => sendResult(response, createSignedIn('ada')));
    dataOf(await older.restore());
    await sleep(30);
    expect(tab.session.get()).toMatchObject({ user: { id: 'grace' } });
    server.respondWith((_call, response) => sendResult(response, { signedOut: true }));
    dataOf(await older.logout());
    await sleep(30);
    expect(tab.session.get()).toMatchObject({ user: { id: 'grace' } });
  });

  it('hear nothing of a renewal that a sign-in has overtaken', async () => {
    const heard: unknown[] = [];
    openChannel(`mana-auth ${server.url}`).addEventListener('message', ({ data }) => {
      heard.push(data.type);
    });
    const tab = openTab();
    const overtaken = Promise.withResolvers<void>();
    server.respondWith(async (call, response) => {
      if (call !== 'auth.login') await overtaken.promise;
      sendResult(response, createSignedIn(call === 'auth.login' ? 'grace' : 'ada'));
    });
    const restored = tab.restore();
    await expect.poll(() => server.calls).toContain('auth.sessionToToken');
    dataOf(await tab.login(credentials));
    overtaken.resolve();
    expect(dataOf(await restored)?.user.id).toBe('grace');
    await expect.poll(() => heard).toContain('signed-in');
    await sleep(100);
    expect(heard).toEqual(['signed-in']);
  });

  it('ignore malformed messages', async () => {
    const tab = openTab();
    const stranger = openChannel(`mana-auth ${server.url}`);
    for (const message of [
      null,
      'signed-out',
      { type: 'signed-in', session: { user: { id: 'x' } } },
      { type: 'renewed', session: null },
      { type: 'signed-out' },
      { type: 'of a newer version' },
    ]) {
      stranger.postMessage(message);
    }
    await sleep(30);
    expect(tab.session.get()).toEqual({ status: 'unknown' });
  });
});
