import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthClient } from '../src/client.ts';
import { createBrowserFetch } from './browser-fetch.fixture.ts';
import { type RunningServer, startRunningServer } from './running-server.fixture.ts';
import { dataOf } from './test-client.fixture.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startRunningServer();
});
afterAll(() => server.stop());

const password = 'a long enough sentence';
let count = 0;

async function makeAccount() {
  count += 1;
  const email = `person${count}@example.org`;
  const client = createAuthClient({ url: server.url });
  dataOf(await client.register({ email, password, name: 'Ada' }));
  dataOf(await client.verifyEmail({ token: await server.findMailedToken(email), password }));
  return email;
}

function openBrowser(jar?: Map<string, string>) {
  const browser = createBrowserFetch(server.url, jar);
  return { ...browser, client: createAuthClient({ url: server.url, fetch: browser.fetch }) };
}

describe('in a browser, against the real server', () => {
  let email: string;
  beforeEach(async () => {
    email = await makeAccount();
  });

  it('signs in, shows the user, survives a reload and signs out', async () => {
    const { client, jar } = openBrowser();
    const states: string[] = [];
    client.session.subscribe((state) => states.push(state.status));
    const signedIn = dataOf(await client.login({ email, password }));
    expect(signedIn.accessTokenExpiresAt).toBeInstanceOf(Date);
    expect(dataOf(await client.profile()).user).toEqual(signedIn.user);
    const token = dataOf(await client.getAccessToken()).accessToken;
    expect(dataOf(await client.validate({ token })).valid).toBe(true);

    const reloaded = openBrowser(jar);
    expect(dataOf(await reloaded.client.restore())?.user.email).toBe(email);
    expect(dataOf(await reloaded.client.logout())).toEqual({ signedOut: true });
    expect(reloaded.client.session.get()).toEqual({ status: 'signed-out' });
    // What is left identifies a known device, and signs nobody in.
    expect([...jar.keys()]).toEqual(['mana.device']);
    expect(dataOf(await openBrowser(jar).client.restore())).toBeNull();
    expect(states).toEqual(['signed-in']);
  });

  it('requests an access token once for 50 callers', async () => {
    const { jar, client } = openBrowser();
    dataOf(await client.login({ email, password }));
    const reloaded = openBrowser(jar);
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => reloaded.client.getAccessToken()),
    );
    expect(new Set(tokens.map((token) => dataOf(token).accessToken)).size).toBe(1);
    expect(reloaded.sent).toEqual(['/trpc/auth.sessionToToken']);
    expect(reloaded.client.session.get()).toMatchObject({ status: 'signed-in', user: { email } });
  });

  it('shows a changed name at once', async () => {
    const { client } = openBrowser();
    dataOf(await client.login({ email, password }));
    dataOf(await client.updateProfile({ name: 'Grace' }));
    expect(client.session.get()).toMatchObject({ user: { name: 'Grace' } });
  });

  it('notices that the session was ended elsewhere', async () => {
    const { client, jar } = openBrowser();
    dataOf(await client.login({ email, password }));
    dataOf(await openBrowser(new Map(jar)).client.logout());
    expect(await client.profile()).toMatchObject({ success: false, code: 'TOKEN_EXPIRED' });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
    expect(await client.getAccessToken()).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(dataOf(await client.logout())).toEqual({ signedOut: true });
  });

  it('tells a wrong password, an invalid input and a bad link apart', async () => {
    const { client } = openBrowser();
    expect(await client.login({ email, password: 'another one' })).toMatchObject({
      success: false,
      code: 'INVALID_CREDENTIALS',
      retryable: false,
      requestId: expect.any(String),
    });
    expect(await client.register({ email: 'x', password, name: 'Ada' })).toMatchObject({
      code: 'VALIDATION',
      field: 'email',
    });
    expect(await client.verifyEmail({ token: 'none' })).toMatchObject({ code: 'TOKEN_INVALID' });
    expect(await client.profile()).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(dataOf(await client.validate({ token: 'none' }))).toEqual({ valid: false });
  });
});

describe('in Node, against the real server', () => {
  it('keeps the session token instead of a cookie', async () => {
    const email = await makeAccount();
    const client = createAuthClient({ url: `${server.url}/` });
    expect(dataOf(await client.restore())).toBeNull();
    dataOf(await client.login({ email, password }));
    expect(dataOf(await client.profile()).user.email).toBe(email);
    dataOf(await client.logout());
    expect(await client.profile()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('shares nothing between two clients', async () => {
    const email = await makeAccount();
    const one = createAuthClient({ url: server.url });
    const other = createAuthClient({ url: server.url });
    dataOf(await one.login({ email, password }));
    expect(other.session.get()).toEqual({ status: 'unknown' });
    expect(dataOf(await other.restore())).toBeNull();
  });

  it('reports that the server is healthy', async () => {
    const client = createAuthClient({ url: server.url });
    expect(dataOf(await client.health())).toEqual({ status: 'ready' });
  });
});
