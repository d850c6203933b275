import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

it('begins the session, here and in the other tabs', async () => {
  const [one, other] = [openTab(), openTab()];
  const signedIn = one.passkeys.signIn();
  (await findPrompt(browser)).answer(createAssertionFake());
  expect(dataOf(await signedIn).user.id).toBe('ada');
  expect(one.session.get()).toMatchObject({ status: 'signed-in', user: { id: 'ada' } });
  await expect.poll(() => other.session.get().status).toBe('signed-in');
  expect(dataOf(await other.getAccessToken())).toEqual(dataOf(await one.getAccessToken()));
  expect(server.calls).toEqual(['passkeys.authenticateOptions', 'passkeys.authenticateVerify']);
});

it('tells neither server nor browser of a prompt that was closed', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const cancelled = openPage().passkeys.signIn();
    (await findPrompt(browser)).refuse('NotAllowedError');
    expect(await cancelled).toMatchObject({ code: 'PASSKEY_CANCELLED', retryable: false });
    expect(written).not.toHaveBeenCalled();
    expect(printed).not.toHaveBeenCalled();
  } finally {
    written.mockRestore();
    printed.mockRestore();
  }
  expect(server.calls).toEqual(['passkeys.authenticateOptions']);
});

it.each(['passkeys.authenticateOptions', 'passkeys.authenticateVerify'])(
  'is an outage when %s is one, and works again afterwards',
  async (broken) => {
    const client = openPage();
    server.reply({ [broken]: [503, 'SERVICE_UNAVAILABLE'] });
    const failed = client.passkeys.signIn();
    if (broken.endsWith('Verify')) (await findPrompt(browser)).answer(createAssertionFake());
    expect(await failed).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(client.session.get().status).toBe('unknown');
    server.reply({});
    const signedIn = client.passkeys.signIn();
    (await findPrompt(browser, browser.prompts.length + 1)).answer(createAssertionFake());
    expect(await signedIn).toMatchObject({ success: true });
  },
);

it('is an outage when the response has no options', async () => {
  server.reply({ 'passkeys.authenticateOptions': {} });
  expect(await openPage().passkeys.signIn()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(browser.prompts).toEqual([]);
});

it('is PASSKEY_NOT_ENABLED without WebAuthn, and sends nothing', async () => {
  const { passkeys } = openPage({ passkeyPlatform: undefined });
  for (const call of [passkeys.signIn, passkeys.register]) {
    expect(await call()).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
  }
  expect(server.calls).toEqual([]);
});

it("tells the browser of a passkey that the server doesn't have, and of no other", async () => {
  server.reply({ 'passkeys.authenticateVerify': [401, 'PASSKEY_VERIFICATION_FAILED'] });
  const refused = openPage().passkeys.signIn();
  (await findPrompt(browser)).answer(createAssertionFake());
  const failure = await refused;
  expect(failure).toMatchObject({ code: 'PASSKEY_VERIFICATION_FAILED' });
  expect(failure).not.toHaveProperty('unknownCredential');
  expect(browser.signals).toEqual([]);

  const data = { unknownCredential: true };
  server.reply({
    'passkeys.authenticateVerify': [401, 'PASSKEY_VERIFICATION_FAILED', data],
  });
  const unknown = openPage().passkeys.signIn();
  (await findPrompt(browser, 2)).answer(createAssertionFake('gone'));
  expect(await unknown).toMatchObject({ unknownCredential: true });
  const credentialId = Buffer.from('gone').toString('base64url');
  await expect
    .poll(() => browser.signals)
    .toEqual([['signalUnknownCredential', { rpId: 'localhost', credentialId }]]);
});

it("requires the second step where the user wasn't verified, and passes on what the server said about it", async () => {
  const twoFactor = { methods: ['totp'], challenge: 'secret' };
  server.reply({ 'passkeys.authenticateVerify': [401, 'TWO_FACTOR_REQUIRED', { twoFactor }] });
  const bodies: string[] = [];
  const client = openPage({
    fetch(input, init) {
      bodies.push(String(init?.body));
      return fetch(input, init);
    },
  });
  const asked = client.passkeys.signIn();
  (await findPrompt(browser)).answer(createAssertionFake());
  expect(await asked).toMatchObject({ code: 'TWO_FACTOR_REQUIRED', twoFactor });
  expect(await client.twoFactor.verifyTotp({ code: '123456' })).toMatchObject({ success: true });
  expect(bodies.at(-1)).toContain('"challenge":"secret"');
});

it('lets the newest of two clicks prompt', async () => {
  const client = openPage();
  const [first, second] = [client.passkeys.signIn(), client.passkeys.signIn()];
  expect(await first).toMatchObject({ code: 'PASSKEY_CANCELLED' });
  (await findPrompt(browser)).answer(createAssertionFake());
  expect(await second).toMatchObject({ success: true });
});
