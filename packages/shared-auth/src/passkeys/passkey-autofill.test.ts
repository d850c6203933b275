import { afterEach, beforeEach, expect, it } from 'vitest';
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

let channels: BroadcastChannel[] = [];
afterEach(() => {
  for (const channel of channels) channel.close();
  channels = [];
});

function openTab(passkeyPlatform = browser.platform) {
  const createChannel = (name: string) => {
    const channel = new BroadcastChannel(name);
    channels.push(channel);
    return channel;
  };
  return openPage({ passkeyPlatform, tabPlatform: { createChannel, locks: navigator.locks } });
}

it('offers, and begins the session', async () => {
  const client = openPage();
  const signedIn = client.passkeys.signInWithAutofill();
  const prompt = await findPrompt(browser);
  expect(prompt.request.mediation).toBe('conditional');
  prompt.answer(createAssertionFake());
  expect(await signedIn).toMatchObject({ success: true, data: { user: { id: 'ada' } } });
  expect(client.session.get().status).toBe('signed-in');
});

it('ends when somebody signs in with a password', async () => {
  const client = openPage();
  const offered = client.passkeys.signInWithAutofill();
  await findPrompt(browser);
  dataOf(await client.login(credentials));
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
});

it('ends when the user whom the page already shows signs in again', async () => {
  const client = openPage();
  dataOf(await client.login(credentials));
  const offered = client.passkeys.signInWithAutofill();
  await findPrompt(browser);
  dataOf(await client.login(credentials));
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
});

it('ends when somebody signs in in another tab', async () => {
  const [one, other] = [openTab(), openTab(createPasskeyBrowser().platform)];
  const offered = one.passkeys.signInWithAutofill();
  await findPrompt(browser);
  dataOf(await other.login(credentials));
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
});

it('stays when a password was wrong, or the server says that nobody is signed in', async () => {
  const client = openPage();
  const offered = client.passkeys.signInWithAutofill();
  const prompt = await findPrompt(browser);
  server.reply({
    'auth.login': [401, 'INVALID_CREDENTIALS'],
    'auth.sessionToToken': [401, 'UNAUTHORIZED'],
  });
  await client.login(credentials);
  expect(dataOf(await client.restore())).toBeNull();
  expect(prompt.request.signal.aborted).toBe(false);
  server.reply({});
  prompt.answer(createAssertionFake());
  expect(await offered).toMatchObject({ success: true });
});

it.each([
  ['the button', (client: ReturnType<typeof openPage>) => client.passkeys.signIn()],
  ['a new passkey', (client: ReturnType<typeof openPage>) => client.passkeys.register()],
  ['another offer', (client: ReturnType<typeof openPage>) => client.passkeys.signInWithAutofill()],
])('gives way to %s', async (_name, call) => {
  const client = openPage();
  const offered = client.passkeys.signInWithAutofill();
  const prompt = await findPrompt(browser);
  void call(client);
  expect(await offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(prompt.request.signal.aborted).toBe(true);
  await findPrompt(browser, 2);
});

it("doesn't begin while the button's prompt is open", async () => {
  const client = openPage();
  void client.passkeys.signIn();
  const prompt = await findPrompt(browser);
  const offered = await client.passkeys.signInWithAutofill();
  expect(offered).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(prompt.request.signal.aborted).toBe(false);
});

it("ends with the page, and with its caller's signal", async () => {
  const client = openPage();
  const left = client.passkeys.signInWithAutofill();
  await findPrompt(browser);
  browser.leave();
  expect(await left).toMatchObject({ code: 'PASSKEY_CANCELLED' });

  const controller = new AbortController();
  const ended = client.passkeys.signInWithAutofill({ signal: controller.signal });
  await findPrompt(browser, 2);
  controller.abort();
  expect(await ended).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  const late = await client.passkeys.signInWithAutofill({ signal: controller.signal });
  expect(late).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  expect(browser.prompts).toHaveLength(2);
});

it('begins the session of a passkey that was chosen before the page gave up', async () => {
  server.reply({}, { 'passkeys.authenticateVerify': 50 });
  const client = openPage();
  const controller = new AbortController();
  const chosen = client.passkeys.signInWithAutofill({ signal: controller.signal });
  (await findPrompt(browser)).answer(createAssertionFake());
  await expect.poll(() => server.calls).toContain('passkeys.authenticateVerify');
  controller.abort();
  expect(await chosen).toMatchObject({ success: true });
  expect(client.session.get().status).toBe('signed-in');
});

it('settles with a failure, and may be called again', async () => {
  server.reply({ 'passkeys.authenticateVerify': [401, 'PASSKEY_VERIFICATION_FAILED'] });
  const client = openPage();
  const failed = client.passkeys.signInWithAutofill();
  (await findPrompt(browser)).answer(createAssertionFake());
  expect(await failed).toMatchObject({ code: 'PASSKEY_VERIFICATION_FAILED' });
  server.reply({});
  const again = client.passkeys.signInWithAutofill();
  (await findPrompt(browser, 2)).answer(createAssertionFake());
  expect(await again).toMatchObject({ success: true });
});

it('says when a passkey is chosen, before the server responds, and nothing when none is', async () => {
  const heard: string[] = [];
  const client = openPage();
  const left = client.passkeys.signInWithAutofill({ onChosen: () => heard.push('left') });
  await findPrompt(browser);
  browser.leave();
  await left;
  server.reply({ 'passkeys.authenticateVerify': [503, 'SERVICE_UNAVAILABLE'] });
  const onChosen = () => heard.push(`chosen, ${server.calls.at(-1)}`);
  const failed = client.passkeys.signInWithAutofill({ onChosen });
  (await findPrompt(browser, 2)).answer(createAssertionFake());
  expect(await failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(heard).toEqual(['chosen, passkeys.authenticateOptions']);
});

it("doesn't call a browser that would show a prompt instead", async () => {
  browser = createPasskeyBrowser({ isConditionalMediationAvailable: undefined });
  const offered = await openPage().passkeys.signInWithAutofill();
  expect(offered).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
  expect(browser.prompts).toEqual([]);
});

it('is an outage where probing the capability is one', async () => {
  server.reply({ 'passkeys.capability': [503, 'SERVICE_UNAVAILABLE'] });
  const client = openPage();
  expect(await client.passkeys.signInWithAutofill()).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    retryable: true,
  });
  expect(client.passkeyAvailable).toBeUndefined();
});
