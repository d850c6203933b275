import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSignedIn } from '../../test/fault-server.fixture.ts';
import {
  createAssertionFake,
  createPasskeyBrowser,
  findPrompt,
  type PasskeyBrowser,
} from '../../test/passkeys/passkey-browser.fixture.ts';
import {
  type PasskeyServer,
  startPasskeyServer,
} from '../../test/passkeys/passkey-server.fixture.ts';
import { createTestClient, dataOf } from '../../test/test-client.fixture.ts';
import type { AuthClientDependencies } from '../client/assemble-auth-client.ts';

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };
const VERIFY = 'passkeys.reauthenticateVerify';

let server: PasskeyServer;
let browser: PasskeyBrowser;
let channels: BroadcastChannel[] = [];
beforeEach(async () => {
  server = await startPasskeyServer();
  browser = createPasskeyBrowser({ getClientCapabilities: undefined });
});
afterEach(async () => {
  for (const channel of channels) channel.close();
  channels = [];
  await server.stop();
});

async function openSignedIn(parts: Partial<AuthClientDependencies> = {}) {
  const client = createTestClient(server.url, { passkeyPlatform: browser.platform, ...parts });
  dataOf(await client.login(credentials));
  return client;
}

function createChannel(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channels.push(channel);
  return channel;
}

it("prompts for one of the user's own passkeys, and keeps the session, fresh in all tabs", async () => {
  const tabPlatform = { createChannel, locks: navigator.locks };
  const other = createTestClient(server.url, { tabPlatform });
  const client = await openSignedIn({ tabPlatform });
  await expect.poll(() => other.session.get().status).toBe('signed-in');
  const changes: unknown[] = [];
  client.session.subscribe((state) => changes.push(state));
  const proven = client.passkeys.reauthenticate();
  const prompt = await findPrompt(browser);
  const { publicKey } = prompt.request as CredentialRequestOptions;
  expect(publicKey?.allowCredentials).toMatchObject([{ type: 'public-key' }]);
  prompt.answer(createAssertionFake());
  const { accessToken, user } = dataOf(await proven);
  expect(user.id).toBe('ada');
  expect(client.session.get()).toMatchObject({ status: 'signed-in', user: { id: 'ada' } });
  expect(dataOf(await client.getAccessToken()).accessToken).toBe(accessToken);
  await expect.poll(async () => dataOf(await other.getAccessToken()).accessToken).toBe(accessToken);
  expect(changes).toEqual([]);
  expect(server.calls).toEqual(['auth.login', 'passkeys.reauthenticateOptions', VERIFY]);
});

it('is PASSKEY_CANCELLED when the prompt is closed, and sends nothing', async () => {
  const client = await openSignedIn();
  const cancelled = client.passkeys.reauthenticate();
  (await findPrompt(browser)).refuse('NotAllowedError');
  expect(await cancelled).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(client.session.get().status).toBe('signed-in');
  expect(server.calls).not.toContain(VERIFY);
});

it('ends its prompt once the signal aborts', async () => {
  const client = await openSignedIn();
  const leaving = new AbortController();
  const cancelled = client.passkeys.reauthenticate({ signal: leaving.signal });
  const prompt = await findPrompt(browser);
  leaving.abort();
  expect(await cancelled).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(prompt.request.signal.aborted).toBe(true);
});

it.each(['signs out here', 'signs in as somebody else in another tab'])(
  'ends its prompt when somebody %s, and sends nothing',
  async (change) => {
    const tabPlatform = { createChannel, locks: navigator.locks };
    const client = await openSignedIn({ tabPlatform });
    const other = createTestClient(server.url, { tabPlatform });
    const proven = client.passkeys.reauthenticate();
    const prompt = await findPrompt(browser);
    server.reply({ 'auth.login': createSignedIn('grace') });
    if (change === 'signs out here') dataOf(await client.logout());
    else dataOf(await other.login(credentials));
    await expect.poll(() => prompt.request.signal.aborted).toBe(true);
    prompt.answer(createAssertionFake());
    expect(await proven).toMatchObject({ code: 'PASSKEY_CANCELLED' });
    expect(client.session.get()).not.toMatchObject({ user: { id: 'ada' } });
    expect(server.calls).not.toContain(VERIFY);
  },
);

it('changes nothing for somebody who signs in while the server verifies', async () => {
  const client = await openSignedIn();
  server.reply({ 'auth.login': createSignedIn('grace') }, { [VERIFY]: 80 });
  const proven = client.passkeys.reauthenticate();
  (await findPrompt(browser)).answer(createAssertionFake());
  await expect.poll(() => server.calls).toContain(VERIFY);
  dataOf(await client.login(credentials));
  await proven;
  expect(client.session.get()).toMatchObject({ user: { id: 'grace' } });
});

it.each(['passkeys.reauthenticateOptions', VERIFY])(
  'is an outage when %s is one, and works again afterwards',
  async (broken) => {
    const client = await openSignedIn();
    for (const answer of [[503, 'SERVICE_UNAVAILABLE'], {}] as const) {
      server.reply({ [broken]: answer });
      const failed = client.passkeys.reauthenticate();
      if (broken === VERIFY) {
        (await findPrompt(browser, browser.prompts.length + 1)).answer(createAssertionFake());
      }
      expect(await failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    }
    expect(client.session.get().status).toBe('signed-in');
    server.reply({});
    const proven = client.passkeys.reauthenticate();
    (await findPrompt(browser, browser.prompts.length + 1)).answer(createAssertionFake());
    expect(await proven).toMatchObject({ success: true });
  },
);

it.each(['passkeys.reauthenticateOptions', VERIFY])(
  'ends a session that %s says has ended',
  async (ending) => {
    const client = await openSignedIn();
    server.reply({ [ending]: [401, 'TOKEN_EXPIRED'] });
    const ended = client.passkeys.reauthenticate();
    if (ending === VERIFY) (await findPrompt(browser)).answer(createAssertionFake());
    expect(await ended).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
  },
);

it("doesn't call the browser where the account has no passkey, or there is no WebAuthn", async () => {
  const client = await openSignedIn();
  server.reply({ 'passkeys.reauthenticateOptions': [404, 'NOT_FOUND'] });
  expect(await client.passkeys.reauthenticate()).toMatchObject({ code: 'NOT_FOUND' });
  expect(browser.prompts).toEqual([]);
  const without = await openSignedIn({ passkeyPlatform: undefined });
  expect(await without.passkeys.reauthenticate()).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
});

it('signs nobody out for a refused passkey, and tells the browser of one that is gone', async () => {
  const client = await openSignedIn();
  const data = { unknownCredential: true };
  server.reply({ [VERIFY]: [401, 'PASSKEY_VERIFICATION_FAILED', data] });
  const refused = client.passkeys.reauthenticate();
  (await findPrompt(browser)).answer(createAssertionFake('gone'));
  expect(await refused).toMatchObject({ code: 'PASSKEY_VERIFICATION_FAILED' });
  expect(client.session.get().status).toBe('signed-in');
  const credentialId = Buffer.from('gone').toString('base64url');
  await expect
    .poll(() => browser.signals)
    .toEqual([['signalUnknownCredential', { rpId: 'localhost', credentialId }]]);
});

it("joins the queue: only the user's newest request prompts", async () => {
  const client = await openSignedIn();
  const offered = client.passkeys.signInWithAutofill();
  const first = client.passkeys.reauthenticate();
  await findPrompt(browser);
  const second = client.passkeys.reauthenticate();
  expect(await first).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  (await findPrompt(browser, browser.prompts.length + 1)).answer(createAssertionFake());
  expect(await second).toMatchObject({ success: true });
});
