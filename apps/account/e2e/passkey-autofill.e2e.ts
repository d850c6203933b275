import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inventPerson, openSecurity } from './support/person.ts';
import { browser, openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';
import {
  addAuthenticator,
  recordTraffic,
  type VirtualAuthenticator,
  type VirtualCredential,
  waitForOffer,
} from './support/virtual-authenticator.ts';

const anna = inventPerson('Anna');
const OPTIONS = '**/trpc/passkeys.authenticateOptions';
const VERIFY = '**/trpc/passkeys.authenticateVerify';

/** Where Anna manages her account. */
let own: Page;
let annasPasskeys: VirtualCredential[];
/** Where somebody comes to sign in, with Anna's passkey at hand. */
let page: Page;
let reader: VirtualAuthenticator;

useServer();

beforeAll(async () => {
  own = await openSignedIn(anna);
  const annasReader = await addAuthenticator(own);
  await openSecurity(own);
  await own.getByRole('button', { name: 'Add a passkey' }).click();
  await own.getByText('was added').waitFor();
  annasPasskeys = await annasReader.readCredentials();
});

beforeEach(async () => {
  // The limits last a minute.
  await server.passMinutes(1);
  page = await browser.newPage({ baseURL: server.url });
  await recordTraffic(page);
  reader = await addAuthenticator(page);
  for (const passkey of annasPasskeys) await reader.addCredential(passkey);
  await reader.setPresent(false);
  return async () => {
    server.thawDatabase();
    await page.context().close();
  };
});

function byPasskey() {
  return page.getByRole('button', { name: 'Sign in with a passkey' });
}

describe('an outage', () => {
  test('of the offer in the autofill is not shown to somebody who types an address', async () => {
    server.freezeDatabase();
    const options = page.waitForResponse(OPTIONS, PATIENCE);
    await page.goto('/sign-in');
    await page.getByLabel('Email').fill('anna@');
    expect((await options).status()).toBe(503);
    await byPasskey().waitFor();
    await page.waitForTimeout(300);
    expect(await page.getByText('on us').count()).toBe(0);
  });

  test('is shown to somebody who chose a passkey there', async () => {
    await page.route(VERIFY, async (route) => {
      server.freezeDatabase();
      await route.continue();
    });
    await reader.setPresent(true);
    const sent = page.waitForRequest(VERIFY);
    await page.goto('/sign-in');
    await sent;
    await reader.setPresent(false);
    await page.getByText('Your passkey is fine').waitFor(PATIENCE);
  });
});

describe('limits', () => {
  test('too many tries from one network: says when to try again, and sends nothing until then', async () => {
    await page.goto('/sign-in');
    await waitForOffer(page);
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    for (let turn = 0; turn < 20; turn += 1) {
      await fetch(`${server.url}/trpc/passkeys.authenticateOptions`, options);
    }
    await byPasskey().click();
    const alert = page.getByRole('alert');
    await alert.getByText('A short break').waitFor();
    await alert
      .getByText(/You can try again in \d+ s/)
      .first()
      .waitFor();
    expect(await byPasskey().getAttribute('aria-disabled')).toBe('true');
  });
});

describe('a passkey without user verification, of an account with two-step sign-in', () => {
  test('leads to the second step, as the password does', async () => {
    const code = 'TWO_FACTOR_REQUIRED';
    const auth = { code, message: 'Enter the code.', retryable: false, requestId: 'some' };
    await page.route(VERIFY, (route) =>
      route.fulfill({ status: 401, json: { error: { json: { data: { auth } } } } }),
    );
    await page.goto('/sign-in');
    await waitForOffer(page);
    await reader.setPresent(true);
    await byPasskey().click();
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
  });
});

describe('the list', () => {
  test('follows what another tab removed, and drops a refusal that no longer holds', async () => {
    const tab = await own.context().newPage();
    await tab.goto('/security');
    await tab.getByRole('button', { name: /^Rename/ }).click();
    await own.bringToFront();
    await own.getByRole('button', { name: 'Add a passkey' }).click();
    await own.getByRole('alert').getByText('already has a passkey').waitFor();
    await own.getByRole('button', { name: /^Remove/ }).click();
    await own.getByRole('button', { name: 'Remove it' }).click();
    await own.getByText('was removed').waitFor();
    expect(await own.getByText('already has a passkey').count()).toBe(0);
    await tab.getByRole('button', { name: 'Save' }).click();
    await tab.getByText("You don't have any yet.").waitFor();
    await tab.close();
  });
});
