import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createAssertionFake,
  createAttestationFake,
  createPasskeyBrowser,
  findPrompt,
  type PasskeyBrowser,
} from '../../test/passkeys/passkey-browser.fixture.ts';
import {
  type PasskeyServer,
  type Reply,
  startPasskeyServer,
} from '../../test/passkeys/passkey-server.fixture.ts';
import { createTestClient, dataOf } from '../../test/test-client.fixture.ts';
import type { AuthClientDependencies } from '../client/assemble-auth-client.ts';

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };

let server: PasskeyServer;
let browser: PasskeyBrowser;
beforeEach(async () => {
  server = await startPasskeyServer();
  browser = createPasskeyBrowser({ getClientCapabilities: undefined });
});
afterEach(() => server.stop());

function openPage(parts: Partial<AuthClientDependencies> = {}) {
  return createTestClient(server.url, { passkeyPlatform: browser.platform, ...parts });
}

describe('register', () => {
  it('creates a passkey, named as the user wants', async () => {
    const bodies: unknown[] = [];
    const client = openPage({
      fetch(input, init) {
        if (String(input).endsWith('registerVerify')) bodies.push(JSON.parse(String(init?.body)));
        return fetch(input, init);
      },
    });
    for (const name of ['Phone', '  ', undefined]) {
      const made = client.passkeys.register(name === undefined ? undefined : { name });
      (await findPrompt(browser, bodies.length + 1)).answer(createAttestationFake());
      expect(dataOf(await made).passkey).toMatchObject({ id: 'one' });
    }
    expect(bodies).toMatchObject([{ json: { name: 'Phone' } }, { json: {} }, { json: {} }]);
    expect(bodies.slice(1).every((body) => !JSON.stringify(body).includes('name'))).toBe(true);
  });

  it('requires a fresh proof before the browser prompts', async () => {
    server.reply({ 'passkeys.registerOptions': [403, 'REAUTHENTICATION_REQUIRED'] });
    const failure = await openPage().passkeys.register();
    expect(failure).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' });
    expect(browser.prompts).toEqual([]);
  });

  it('ends a session that the server says has ended', async () => {
    const client = openPage();
    dataOf(await client.login(credentials));
    server.reply({ 'passkeys.registerOptions': [401, 'TOKEN_EXPIRED'] });
    expect(await client.passkeys.register()).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
  });
});

describe('after a sign-in with a password', () => {
  beforeEach(() => {
    browser = createPasskeyBrowser();
  });
  const registrations = () => server.calls.filter((call) => call.startsWith('passkeys.register'));

  it.each([
    ['login', (client: ReturnType<typeof openPage>) => client.login(credentials)],
    [
      'verifyTotp',
      (client: ReturnType<typeof openPage>) => client.twoFactor.verifyTotp({ code: '1' }),
    ],
  ])('%s has the browser create a passkey, once and without a prompt', async (_name, signIn) => {
    expect(await signIn(openPage())).toMatchObject({ success: true });
    const prompt = await findPrompt(browser);
    expect(prompt).toMatchObject({ kind: 'create', request: { mediation: 'conditional' } });
    prompt.answer(createAttestationFake());
    await expect
      .poll(registrations)
      .toEqual(['passkeys.registerOptions', 'passkeys.registerVerify']);
    await sleep(30);
    expect(browser.prompts).toHaveLength(1);
  });

  it('keeps nobody waiting', async () => {
    server.reply({}, { 'passkeys.registerOptions': 5_000, 'passkeys.capability': 100 });
    const startMs = Date.now();
    dataOf(await openPage().login(credentials));
    expect(Date.now() - startMs).toBeLessThan(1_000);
  });

  it.each<[string, Record<string, Reply>]>([
    ['the probe fails', { 'passkeys.capability': [503, 'SERVICE_UNAVAILABLE'] }],
    ['the options fail', { 'passkeys.registerOptions': [403, 'REAUTHENTICATION_REQUIRED'] }],
    ['the session has ended', { 'passkeys.registerOptions': [401, 'TOKEN_EXPIRED'] }],
    ['there are no options', { 'passkeys.registerOptions': {} }],
  ])('stays signed in when %s', async (_name, changes) => {
    server.reply(changes);
    const client = openPage();
    dataOf(await client.login(credentials));
    await expect.poll(() => server.calls).toContain(Object.keys(changes)[0]);
    await sleep(30);
    expect(client.session.get().status).toBe('signed-in');
    expect(browser.prompts).toEqual([]);
  });

  it.each(['NotAllowedError', 'InvalidStateError', 'UnknownError'])(
    'stays signed in when the browser says %s, and stores nothing',
    async (name) => {
      const client = openPage();
      dataOf(await client.login(credentials));
      (await findPrompt(browser)).refuse(name);
      await sleep(30);
      expect(client.session.get().status).toBe('signed-in');
      expect(registrations()).toEqual(['passkeys.registerOptions']);
    },
  );

  it.each([
    ['a browser without it', async () => ({ conditionalCreate: false })],
    ['an older browser', undefined],
    ['a browser that fails to say', () => Promise.reject(new Error('no'))],
  ])('requests nothing from the server in %s', async (_name, getClientCapabilities) => {
    browser = createPasskeyBrowser({ getClientCapabilities });
    dataOf(await openPage().login(credentials));
    await sleep(50);
    expect(server.calls).toEqual(['auth.login']);
  });

  it('requests nothing where passkeys are off, and after a sign-in with a passkey', async () => {
    server.reply({
      'passkeys.capability': { enabled: false, conditionalUIAvailable: false, rpId: 'x' },
    });
    dataOf(await openPage().login(credentials));
    await expect.poll(() => server.calls).toContain('passkeys.capability');
    server.reply({});
    const client = openPage();
    const signedIn = client.passkeys.signIn();
    (await findPrompt(browser)).answer(createAssertionFake());
    dataOf(await signedIn);
    await sleep(50);
    expect(registrations()).toEqual([]);
  });

  it('gives way to what the user requests, and to a sign-out', async () => {
    const client = openPage();
    dataOf(await client.login(credentials));
    const upgrade = await findPrompt(browser);
    const made = client.passkeys.register();
    const prompt = await findPrompt(browser, 2);
    expect(upgrade.request.signal.aborted).toBe(true);
    prompt.answer(createAttestationFake());
    dataOf(await made);

    dataOf(await client.login(credentials));
    const second = await findPrompt(browser, 3);
    server.reply({ 'auth.logout': { signedOut: true } });
    dataOf(await client.logout());
    expect(second.request.signal.aborted).toBe(true);
  });
});
