import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { assembleAuthClient } from '../../src/client/assemble-auth-client.ts';
import { createAuthClient } from '../../src/client.ts';
import { findVaultPlatform } from '../../src/vault/vault-platform.ts';
import { createBrowserFetch } from '../browser-fetch.fixture.ts';
import { type RunningServer, startRunningServer } from '../running-server.fixture.ts';
import { dataOf } from '../test-client.fixture.ts';
import { createDevice, type Device } from './software-authenticator.fixture.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startRunningServer();
});
afterAll(() => server.stop());

const password = 'a long enough sentence';
let count = 0;
let email: string;
let device: Device;
beforeEach(async () => {
  count += 1;
  email = `keeper${count}@example.org`;
  const client = createAuthClient({ url: server.url });
  dataOf(await client.register({ email, password, name: 'Ada' }));
  dataOf(await client.verifyEmail({ token: await server.findMailedToken(email), password }));
  device = createDevice(server.url);
});

/** A page in a browser of the device. Each has a cookie jar of its own. */
function openPage() {
  const { fetch, jar } = createBrowserFetch(server.url);
  const client = assembleAuthClient({
    url: server.url,
    fetch,
    tabPlatform: {},
    passkeyPlatform: device.platform,
    vaultPlatform: findVaultPlatform(),
    now: () => Date.now(),
    requestTimeoutMs: 15_000,
  });
  return { client, jar };
}

async function openSignedIn() {
  const { client } = openPage();
  dataOf(await client.login({ email, password }));
  return client;
}

it('has passkeys on its own pages', async () => {
  const { client } = openPage();
  const expected = { available: true, conditionalUI: true, rpId: 'localhost' };
  expect(dataOf(await client.getPasskeyCapability())).toEqual(expected);
});

it('creates a passkey, and signs in with it by button and from the autofill', async () => {
  const client = await openSignedIn();
  const { passkey } = dataOf(await client.passkeys.register({ name: 'Phone' }));
  expect(passkey).toMatchObject({ name: 'Phone', kind: 'synced', lastUsedAt: null });
  expect(dataOf(await client.passkeys.list()).passkeys).toEqual([passkey]);

  const { client: button, jar } = openPage();
  const signedIn = dataOf(await button.passkeys.signIn());
  expect(signedIn.user.email).toBe(email);
  expect(button.session.get()).toMatchObject({ status: 'signed-in', user: { email } });
  expect(jar.size).toBeGreaterThan(0);
  expect(dataOf(await button.profile()).user).toEqual(signedIn.user);

  const { client: autofill } = openPage();
  expect(dataOf(await autofill.passkeys.signInWithAutofill()).user.email).toBe(email);
  const used = dataOf(await autofill.passkeys.list());
  expect(used.passkeys[0]?.lastUsedAt).toBeInstanceOf(Date);
  expect(used.userHandle).toBe([...device.passkeys.values()][0]?.userId);
});

it('names a passkey after its authenticator, and renames it', async () => {
  const client = await openSignedIn();
  const { passkey } = dataOf(await client.passkeys.register());
  expect(passkey.name).toBe(passkey.authenticatorName);
  const renamed = await client.passkeys.rename({ id: passkey.id, name: 'At home' });
  expect(dataOf(renamed).passkey.name).toBe('At home');
  await expect
    .poll(() => device.signals.map(([name]) => name))
    .toEqual(['signalCurrentUserDetails']);
  expect(device.signals[0]?.[1]).toMatchObject({ name: email, displayName: 'Ada' });
});

it('creates only one passkey for a device', async () => {
  const client = await openSignedIn();
  dataOf(await client.passkeys.register());
  expect(await client.passkeys.register()).toMatchObject({ code: 'VALIDATION' });
  expect(dataOf(await client.passkeys.list()).passkeys).toHaveLength(1);
});

it('refuses a passkey that was removed, and has the browser forget it', async () => {
  const client = await openSignedIn();
  const { passkey } = dataOf(await client.passkeys.register());
  expect(dataOf(await client.passkeys.remove({ id: passkey.id }))).toEqual({ removed: true });
  await expect
    .poll(() => device.signals)
    .toEqual([
      ['signalAllAcceptedCredentials', expect.objectContaining({ allAcceptedCredentialIds: [] })],
    ]);

  const { client: later } = openPage();
  expect(await later.passkeys.signIn()).toMatchObject({
    code: 'PASSKEY_VERIFICATION_FAILED',
    unknownCredential: true,
  });
  expect(later.session.get().status).toBe('unknown');
  await expect
    .poll(() => device.signals[1])
    .toEqual([
      'signalUnknownCredential',
      { rpId: 'localhost', credentialId: passkey.credentialId },
    ]);
});

it('upgrades a sign-in with a password, and only the first', async () => {
  const publicKeyCredential = {
    ...device.platform.publicKeyCredential,
    getClientCapabilities: async () => ({ conditionalCreate: true }),
  };
  device = { ...device, platform: { ...device.platform, publicKeyCredential } };
  const client = await openSignedIn();
  const countKept = async () => dataOf(await client.passkeys.list()).passkeys.length;
  await expect.poll(countKept).toBe(1);
  dataOf(await client.login({ email, password }));
  dataOf(await client.login({ email, password }));
  expect(await countKept()).toBe(1);
});

it('requires a session to create or list passkeys', async () => {
  const { client } = openPage();
  expect(await client.passkeys.register()).toMatchObject({ code: 'UNAUTHORIZED' });
  expect(await client.passkeys.list()).toMatchObject({ code: 'UNAUTHORIZED' });
  expect(device.passkeys.size).toBe(0);
});

it('lists passkeys for a client in Node too', async () => {
  await (await openSignedIn()).passkeys.register();
  const client = createAuthClient({ url: server.url });
  dataOf(await client.login({ email, password }));
  expect(dataOf(await client.passkeys.list()).passkeys).toHaveLength(1);
  expect(dataOf(await client.getPasskeyCapability()).available).toBe(false);
  expect(await client.passkeys.signIn()).toMatchObject({ code: 'PASSKEY_NOT_ENABLED' });
});

it("reauthenticates with a passkey, and not with another user's", async () => {
  const client = await openSignedIn();
  expect(await client.passkeys.reauthenticate()).toMatchObject({ code: 'NOT_FOUND' });
  dataOf(await client.passkeys.register());
  const proven = dataOf(await client.passkeys.reauthenticate());
  expect(proven.user.email).toBe(email);
  expect(client.session.get()).toMatchObject({ status: 'signed-in', user: { email } });
  expect(dataOf(await client.passkeys.list()).passkeys[0]?.lastUsedAt).toBeInstanceOf(Date);

  const own = email;
  email = `stranger${count}@example.org`;
  const stranger = createAuthClient({ url: server.url });
  dataOf(await stranger.register({ email, password, name: 'Eve' }));
  dataOf(await stranger.verifyEmail({ token: await server.findMailedToken(email), password }));
  const eve = await openSignedIn();
  dataOf(await eve.passkeys.register());
  // The device has both; the options name this one.
  expect(dataOf(await client.passkeys.reauthenticate()).user.email).toBe(own);
  // A browser that ignores them returns the newest, which is Eve's.
  device.whilePrompted = async () =>
    Object.assign(device.requests.at(-1) ?? {}, { allowCredentials: [] });
  const refused = await client.passkeys.reauthenticate();
  expect(refused).toMatchObject({ code: 'PASSKEY_VERIFICATION_FAILED' });
  expect(client.session.get()).toMatchObject({ status: 'signed-in', user: { email: own } });
});
