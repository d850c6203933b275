import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inventPerson, join, signIn } from './support/person.ts';
import { type CallResult, callSdk, openSdk, serveSdk } from './support/sdk-in-page.ts';
import { browser, server, useServer } from './support/set-up.ts';
import { addAuthenticator } from './support/virtual-authenticator.ts';

const context = { recordId: 'note-1', field: 'body' };
let page: Page;
let value: string;
let count = 0;

useServer({});

/** Somebody new, signed in, with an open vault. */
beforeEach(async () => {
  count += 1;
  // The limit on sign-ups lasts a minute.
  await server.passMinutes(1);
  page = await browser.newPage({ baseURL: server.url });
  await serveSdk(page.context());
  const person = inventPerson(`Vera${count}`);
  await join(server, page, person);
  await signIn(page, person);
  await openSdk(page);
  await call('vault.init');
  value = (await call('vault.encryptValue', { ...context, value: 'mine' })).data;
});

afterEach(() => page.context().close());

/** Makes a call that must succeed. */
async function call(...[method, input]: CallArguments): Promise<CallResult> {
  const result = await callSdk(page, method, input);
  expect(result, method).toMatchObject({ success: true });
  return result;
}
type CallArguments = Parameters<typeof callSdk> extends [Page, ...infer Rest] ? Rest : never;

async function read(): Promise<CallResult> {
  return callSdk(page, 'vault.decryptValue', { ...context, value });
}

async function addPasskey(): Promise<string> {
  return (await call('passkeys.register')).data.passkey.id;
}

/** As a page that is opened again: without its memory, with what the browser stores. */
async function reload(): Promise<void> {
  await page.reload();
  await openSdk(page);
}

test('a passkey of the device unlocks the vault after a reload', async () => {
  await addAuthenticator(page, { hasPrf: true });
  const passkeyId = await addPasskey();
  const { data } = await call('vault.setupPasskeyUnlock');
  expect(data).toMatchObject({ passkeyIds: [passkeyId] });
  await reload();
  expect(await read()).toMatchObject({ code: 'FORBIDDEN' });
  await call('vault.unlockWithPasskey');
  expect(await read()).toMatchObject({ data: 'mine' });
});

test('in zero-knowledge mode it does so without the recovery code', async () => {
  await addAuthenticator(page, { hasPrf: true });
  await addPasskey();
  const code = (await call('vault.setupRecoveryCode')).data;
  await call('vault.enableZeroKnowledge', code);
  expect(await callSdk(page, 'vault.setupPasskeyUnlock')).toMatchObject({ code: 'ZK_ACTIVE' });
  await call('vault.setupPasskeyUnlock', code);
  await reload();
  const waiting = await call('vault.unlock');
  expect(waiting.data).toEqual({ status: 'awaiting-recovery-code' });
  expect((await call('vault.unlockWithPasskey')).data).toMatchObject({ zeroKnowledge: true });
  expect(await read()).toMatchObject({ data: 'mine' });
  const next = (await call('vault.rotateRecoveryCode', { passkey: true })).data;
  await call('vault.confirmRecoveryCode', next);
  const refused = await callSdk(page, 'vault.unlockWithRecoveryCode', code);
  expect(refused).toMatchObject({ code: 'VAULT_UNREADABLE' });
});

test('each of two passkeys unlocks it', async () => {
  const builtIn = await addAuthenticator(page, { hasPrf: true });
  const first = await addPasskey();
  await call('vault.setupPasskeyUnlock', { passkeyId: first });
  await builtIn.setPresent(false);
  const key = await addAuthenticator(page, { hasPrf: true, transport: 'usb' });
  const second = await addPasskey();
  const { data } = await call('vault.setupPasskeyUnlock', { passkeyId: second });
  expect(data).toMatchObject({ passkeyIds: [first, second] });

  for (const [present, absent] of [
    [key, builtIn],
    [builtIn, key],
  ] as const) {
    await present.setPresent(true);
    await absent.setPresent(false);
    await reload();
    await call('vault.unlockWithPasskey');
    expect(await read()).toMatchObject({ data: 'mine' });
  }
});

test('an authenticator without the PRF extension is refused, and nothing is stored', async () => {
  await addAuthenticator(page);
  await addPasskey();
  const refused = await callSdk(page, 'vault.setupPasskeyUnlock');
  expect(refused).toMatchObject({ success: false, code: 'VALIDATION', field: 'prf' });
  expect((await call('vault.status')).data).toMatchObject({ revision: 1, passkeyIds: [] });
});

test('reauthentication comes before the prompt of the browser', async () => {
  const builtIn = await addAuthenticator(page, { hasPrf: true });
  await addPasskey();
  await builtIn.setPresent(false);
  await server.passMinutes(11);
  const refused = await callSdk(page, 'vault.setupPasskeyUnlock');
  expect(refused).toMatchObject({ success: false, code: 'REAUTHENTICATION_REQUIRED' });
});

test('a finger that is not recognised leaves the vault locked', async () => {
  const builtIn = await addAuthenticator(page, { hasPrf: true });
  await addPasskey();
  await call('vault.setupPasskeyUnlock');
  await call('vault.lock');
  await builtIn.setUserVerified(false);
  const refused = await callSdk(page, 'vault.unlockWithPasskey');
  expect(refused).toMatchObject({ success: false, code: 'PASSKEY_CANCELLED' });
  expect(await read()).toMatchObject({ code: 'FORBIDDEN' });
});

test('a lock ends the open prompt', async () => {
  const builtIn = await addAuthenticator(page, { hasPrf: true });
  await addPasskey();
  await call('vault.setupPasskeyUnlock');
  await call('vault.lock');
  await builtIn.setPresent(false);
  const unlocking = callSdk(page, 'vault.unlockWithPasskey');
  await page.waitForResponse(/vault\.passkeyWraps/);
  await call('vault.lock');
  expect(await unlocking).toMatchObject({ success: false, code: 'FORBIDDEN' });
  await builtIn.setPresent(true);
  await call('vault.unlockWithPasskey');
});

test('an older wrap put back is noticed after a reload', async () => {
  await addAuthenticator(page, { hasPrf: true });
  await addPasskey();
  await call('vault.setupPasskeyUnlock');
  await reload();
  const answered = page.waitForResponse(/vault\.passkeyWraps/);
  await call('vault.unlockWithPasskey');
  const older = await (await answered).text();
  await call('vault.rotate');
  await call('vault.setupPasskeyUnlock');
  await reload();
  await page.route(/vault\.passkeyWraps/, (route) =>
    route.fulfill({ contentType: 'application/json', body: older }),
  );
  const refused = await callSdk(page, 'vault.unlockWithPasskey');
  expect(refused).toMatchObject({ success: false, code: 'VAULT_UNREADABLE' });
});
