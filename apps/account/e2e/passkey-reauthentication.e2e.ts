import type { Locator, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFocused } from './support/browser.ts';
import { inventPerson, join, openSecurity, signIn } from './support/person.ts';
import { browser, openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';
import {
  addAuthenticator,
  readTraffic,
  recordTraffic,
  type VirtualAuthenticator,
} from './support/virtual-authenticator.ts';

const anna = inventPerson('Anna');
/** Has no passkey. */
const berta = inventPerson('Berta');
const VERIFY = '**/trpc/passkeys.reauthenticateVerify';

let page: Page;
let reader: VirtualAuthenticator;
/** The procedures that Anna's page has called. */
let called: string[];

useServer();

beforeAll(async () => {
  page = await browser.newPage({ baseURL: server.url });
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/trpc/')) called.push(pathname.slice('/trpc/'.length));
  });
  called = [];
  await recordTraffic(page);
  reader = await addAuthenticator(page);
  await join(server, page, anna);
  await signIn(page, anna);
  await openSecurity(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('was added').waitFor();
});

/** Anna signed in too long ago for what she is going to ask for. */
beforeEach(async () => {
  await server.passMinutes(11);
  await page.goto('/security');
  await page.getByText('this device').waitFor();
  called = [];
});

afterEach(async () => {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await reader.setPresent(true);
  await reader.setUserVerified(true);
});

function dialogOn(on: Page): Locator {
  return on.getByRole('dialog', { name: 'Is this still you?' });
}

function passkeyButton(on: Page = page): Locator {
  return dialogOn(on).getByRole('button', { name: 'Use a passkey' });
}

/** Asks for two-step sign-in, which requires reauthentication first. */
async function askForApp(on: Page = page): Promise<void> {
  await on.getByRole('button', { name: 'Turn on' }).click();
  // The dialog takes the focus; what is pressed before that would miss it.
  await dialogOn(on).locator('input:focus').waitFor();
}

async function expectAppOffered(on: Page = page): Promise<void> {
  await on.getByLabel('Code from your app').waitFor();
  expect(await dialogOn(on).count()).toBe(0);
}

describe('a passkey, if the sign-in is older than ten minutes', () => {
  test('reauthenticates, and what was asked for then continues', async () => {
    const before = await page.context().cookies();
    await askForApp();
    await passkeyButton().click();
    await expectAppOffered();
    expect(called).toContain('passkeys.reauthenticateVerify');
    expect(called).not.toContain('auth.reauthenticate');
    expect(called).not.toContain('passkeys.authenticateVerify');
    // The session goes on under a new token.
    const sessionOf = (cookies: typeof before) =>
      cookies.find(({ name }) => name.includes('session'))?.value;
    const after = sessionOf(await page.context().cookies());
    expect(after).toBeTruthy();
    expect(after).not.toBe(sessionOf(before));
  });

  test('can be reached with the keyboard, below the password, and the focus returns afterwards', async () => {
    const add = page.getByRole('button', { name: 'Add a passkey' });
    await reader.setPresent(false);
    const key = await addAuthenticator(page, { transport: 'usb' });
    await key.setPresent(false);
    await add.press('Enter');
    await dialogOn(page).locator('input:focus').waitFor();
    await passkeyButton().waitFor();
    for (const name of ['Show password', 'Continue', 'Cancel', 'Use a passkey']) {
      await page.keyboard.press('Tab');
      const button = dialogOn(page).getByRole('button', { name, exact: true });
      expect(await isFocused(button)).toBe(true);
    }
    // The reader has one already: what was asked for continues with the key.
    await page.route(VERIFY, async (route) => {
      await reader.setPresent(false);
      await key.setPresent(true);
      await route.continue();
    });
    await reader.setPresent(true);
    await page.keyboard.press('Enter');
    await page.getByText('was added').waitFor();
    expect(await key.readCredentials()).toHaveLength(1);
    expect(await isFocused(add)).toBe(true);
    expect(await dialogOn(page).count()).toBe(0);
    await key.remove();
  });

  test('removes the other passkey of the account', async () => {
    const entries = page.getByRole('region', { name: 'Passkeys' }).getByRole('listitem');
    await entries.last().getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await passkeyButton().click();
    await page.getByText('was removed').waitFor();
    expect(await entries.count()).toBe(1);
  });
});

describe('the dialog', () => {
  test('asks for the list of passkeys only when it opens, and moves nothing when the answer comes', async () => {
    // The page itself has asked already.
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    called = [];
    const answered = Promise.withResolvers<void>();
    await page.route('**/trpc/passkeys.list', async (route) => {
      await answered.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Change email' }).click();
    await page.getByLabel('New email').fill('anna.new@example.org');
    expect(called).not.toContain('passkeys.list');
    await page.keyboard.press('Enter');
    await dialogOn(page).locator('input:focus').waitFor();
    const things = dialogOn(page).locator('h2, input:not([hidden]), button');
    const readPlaces = () =>
      things.evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())));
    const before = await readPlaces();
    expect(await passkeyButton().count()).toBe(0);
    answered.resolve();
    await passkeyButton().waitFor();
    const after = await readPlaces();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(before.length + 1);
    await passkeyButton().click();
    await page.getByText('We sent it to anna.new@example.org').waitFor();
  });

  test("shows no button if it can't be found out whether there is a passkey", async () => {
    await page.route('**/trpc/passkeys.list', (route) => route.abort());
    const failed = page.waitForEvent('requestfailed');
    await askForApp();
    await failed;
    expect(await passkeyButton().count()).toBe(0);
    expect(await dialogOn(page).locator('.notice').count()).toBe(0);
    await page.keyboard.type(anna.password);
    await page.keyboard.press('Enter');
    await expectAppOffered();
  });

  test('is unchanged after the prompt is closed, and both ways still work', async () => {
    await askForApp();
    await page.keyboard.type('half a pass');
    await passkeyButton().waitFor();
    await reader.setUserVerified(false);
    const asked = page.waitForResponse('**/trpc/passkeys.reauthenticateOptions');
    await passkeyButton().click();
    await asked;
    await expect.poll(() => passkeyButton().getAttribute('aria-disabled')).toBe('false');
    expect(await dialogOn(page).locator('.notice').count()).toBe(0);
    expect(called).not.toContain('passkeys.reauthenticateVerify');
    const field = dialogOn(page).getByLabel('Password', { exact: true });
    expect(await field.inputValue()).toBe('half a pass');
    expect(await isFocused(passkeyButton())).toBe(true);
    await field.fill(anna.password);
    await page.keyboard.press('Enter');
    await expectAppOffered();
  });

  test("closes the browser's prompt with it, and nothing is proven", async () => {
    await askForApp();
    await reader.setPresent(false);
    await passkeyButton().click();
    const readCalledOff = async () => (await readTraffic(page)).asked.map((ask) => ask.isCalledOff);
    await expect.poll(readCalledOff).toEqual([false]);
    await dialogOn(page).getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('One step is missing').waitFor();
    await expect.poll(readCalledOff).toEqual([true]);
    await reader.setPresent(true);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await passkeyButton().click();
    await expectAppOffered();
    expect(called.filter((path) => path === 'passkeys.reauthenticateVerify')).toHaveLength(1);
  });

  test('says what to do if a passkey is refused, and the password still works', async () => {
    await page.route(VERIFY, async (route) => {
      const { json } = route.request().postDataJSON();
      const signature = Buffer.from('no signature').toString('base64url');
      json.response.response.signature = signature;
      await route.continue({ postData: JSON.stringify({ json }) });
    });
    await askForApp();
    await passkeyButton().click();
    const alert = dialogOn(page).getByRole('alert');
    await alert.getByText("That passkey didn't work").waitFor();
    await alert.getByText('or enter your password').waitFor();
    await dialogOn(page).getByLabel('Password', { exact: true }).fill(anna.password);
    await page.keyboard.press('Enter');
    await expectAppOffered();
  });

  test('blames nobody for a database that hangs, and continues once it answers', async () => {
    await askForApp();
    await page.route(VERIFY, async (route) => {
      server.freezeDatabase();
      await route.continue();
    });
    try {
      await passkeyButton().click();
      const note = dialogOn(page).getByRole('status');
      await note.getByText('This one is on us').waitFor(PATIENCE);
      await note.getByText('Your passkey is fine').waitFor();
    } finally {
      server.thawDatabase();
    }
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await dialogOn(page).getByRole('button', { name: 'Try now' }).click();
    await expectAppOffered();
  });
});

describe('somebody with the wrong passkey, or none', () => {
  let bertas: Page;
  beforeAll(async () => {
    bertas = await openSignedIn(berta);
    return () => bertas.context().close();
  });

  test('none: is only asked for the password', async () => {
    await bertas.goto('/security');
    await bertas.getByText("You don't have any yet.").waitFor();
    await server.passMinutes(11);
    const listed = bertas.waitForResponse('**/trpc/passkeys.list');
    await askForApp(bertas);
    await (await listed).finished();
    expect(await passkeyButton(bertas).count()).toBe(0);
    expect(await dialogOn(bertas).textContent()).not.toMatch(/passkey/i);
  });

  test("another user's: is refused by the server, if a browser answers with it", async () => {
    const [annas] = await reader.readCredentials();
    if (!annas) throw new Error('No credential');
    await bertas.goto('/security');
    const bertasReader = await addAuthenticator(bertas);
    await bertas.getByText("You don't have any yet.").waitFor();
    await bertas.getByRole('button', { name: 'Add a passkey' }).click();
    await dialogOn(bertas).locator('input:focus').waitFor();
    await bertas.keyboard.type(berta.password);
    await bertas.keyboard.press('Enter');
    await bertas.getByText('was added').waitFor();
    await server.passMinutes(11);
    // Berta's own is missing, and Anna's is in the reader.
    const [own] = await bertasReader.readCredentials();
    await bertasReader.removeCredential(own?.credentialId ?? '');
    await bertasReader.addCredential(annas);
    await bertas.route('**/trpc/passkeys.reauthenticateOptions', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      body.result.data.json.allowCredentials = [];
      await route.fulfill({ response: answer, json: body });
    });
    await askForApp(bertas);
    await passkeyButton(bertas).click();
    await dialogOn(bertas).getByRole('alert').getByText("That passkey didn't work").waitFor();
    expect(await bertas.getByLabel('Code from your app').count()).toBe(0);
    await bertas.keyboard.press('Escape');
    await bertas.getByRole('link', { name: 'Profile' }).click();
    await bertas.getByText(berta.email).first().waitFor();
  });
});
