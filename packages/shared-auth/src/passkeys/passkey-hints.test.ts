import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  createPasskeyBrowser,
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

it('tells the browser which passkeys are left after one is removed', async () => {
  const client = openPage();
  dataOf(await client.passkeys.remove({ id: 'one' }));
  const options = { rpId: 'localhost', userId: 'CCCC', allAcceptedCredentialIds: ['BBBB'] };
  await expect.poll(() => browser.signals).toEqual([['signalAllAcceptedCredentials', options]]);
});

it('tells it after two removals only what both have left', async () => {
  const left = (...ids: string[]) => ({
    rpId: 'localhost',
    userHandle: 'CCCC',
    passkeys: ids.map((credentialId) => ({ credentialId })),
  });
  server.reply({ 'passkeys.list': left('STALE') }, { 'passkeys.list': 600 });
  const client = openPage();
  dataOf(await client.passkeys.remove({ id: 'one' }));
  await expect.poll(() => server.calls).toContain('passkeys.list');
  server.reply({ 'passkeys.list': left() });
  dataOf(await client.passkeys.remove({ id: 'two' }));
  await expect.poll(() => browser.signals).not.toEqual([]);
  await sleep(700);
  expect(browser.signals).toEqual([
    ['signalAllAcceptedCredentials', expect.objectContaining({ allAcceptedCredentialIds: [] })],
  ]);
});

it("tells it the user's name and address after a passkey or the user is renamed", async () => {
  const client = openPage();
  dataOf(await client.login(credentials));
  dataOf(await client.passkeys.rename({ id: 'one', name: 'Phone' }));
  const details = { rpId: 'localhost', userId: 'CCCC', name: 'ada@example.org' };
  await expect
    .poll(() => browser.signals)
    .toEqual([['signalCurrentUserDetails', { ...details, displayName: 'ada' }]]);
  dataOf(await client.getPasskeyCapability());
  dataOf(await client.updateProfile({ name: 'Ada L.' }));
  await expect
    .poll(() => browser.signals[1])
    .toEqual(['signalCurrentUserDetails', { ...details, displayName: 'Ada L.' }]);
});

it("skips a browser that doesn't support it, and ignores the browser's failures", async () => {
  const fail = () => Promise.reject(new Error('no'));
  for (const statics of [
    { signalAllAcceptedCredentials: undefined, signalCurrentUserDetails: undefined },
    { signalAllAcceptedCredentials: fail, signalCurrentUserDetails: fail },
  ]) {
    browser = createPasskeyBrowser({ getClientCapabilities: undefined, ...statics });
    const client = openPage();
    dataOf(await client.login(credentials));
    expect(await client.passkeys.remove({ id: 'one' })).toMatchObject({ success: true });
    expect(await client.passkeys.rename({ id: 'one', name: 'x' })).toMatchObject({
      success: true,
    });
    await sleep(30);
  }
  await expect.poll(() => server.calls.filter((call) => call === 'passkeys.list')).toHaveLength(2);
});

it('tells it nothing when the removal failed, and nobody waits for it', async () => {
  server.reply({ 'passkeys.remove': [404, 'NOT_FOUND'] });
  expect(await openPage().passkeys.remove({ id: 'one' })).toMatchObject({ code: 'NOT_FOUND' });
  server.reply({}, { 'passkeys.list': 2_000 });
  const startMs = Date.now();
  dataOf(await openPage().passkeys.remove({ id: 'one' }));
  expect(Date.now() - startMs).toBeLessThan(1_000);
  expect(browser.signals).toEqual([]);
});
