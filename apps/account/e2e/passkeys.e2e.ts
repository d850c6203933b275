import type { Locator, Page, Request } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFocused } from './support/browser.ts';
import { inventPerson, join, openSecurity, signIn, signOut } from './support/person.ts';
import { startServer } from './support/running-server.ts';
import { browser, server, useServer } from './support/set-up.ts';
import {
  addAuthenticator,
  readTraffic,
  recordTraffic,
  type VirtualAuthenticator,
  waitForOffer,
} from './support/virtual-authenticator.ts';

const anna = inventPerson('Anna');
let page: Page;
/** In Anna's own computer. */
let builtIn: VirtualAuthenticator;
/** Plugged in later. */
let key: VirtualAuthenticator;
/** Another browser, where nobody is signed in. */
let other: Page;

useServer({});

beforeAll(async () => {
  page = await browser.newPage({ baseURL: server.url });
  await recordTraffic(page);
  builtIn = await addAuthenticator(page);
  await join(server, page, anna);
  await signIn(page, anna);
});

beforeEach(async () => {
  // The limit on sign-ins lasts a minute.
  await server.passMinutes(1);
  other = await browser.newPage({ baseURL: server.url });
});

afterEach(() => other.context().close());

function passkeyButton(on: Page): Locator {
  return on.getByRole('button', { name: 'Sign in with a passkey' });
}

function passkeys(on: Page): Locator {
  return on.getByRole('region', { name: 'Passkeys' });
}

/** Signs out without a finger on the reader: a passkey in the autofill would sign in at once. */
async function leave(): Promise<void> {
  await builtIn.setPresent(false);
  await signOut(page);
  await waitForOffer(page);
}

async function signInByButton(): Promise<void> {
  await builtIn.setPresent(true);
  await passkeyButton(page).click();
  await page.getByRole('heading', { name: 'Your profile' }).waitFor();
}

/** The DevTools protocol's Base64, as WebAuthn writes it. */
function toBase64Url(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('base64url');
}

function readPlaces(elements: Element[]): string[] {
  return elements.map((element) => JSON.stringify(element.getBoundingClientRect()));
}

function isCapabilityRequest(request: Request): boolean {
  return request.url().includes('passkeys.capability');
}

describe('a passkey', () => {
  test('is explained if there is none yet, and added', async () => {
    await openSecurity(page);
    await passkeys(page).getByText("You don't have any yet.").waitFor();
    await passkeys(page).getByText('A passkey signs you in with your face').waitFor();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await passkeys(page).getByText('“Passkey” was added').waitFor();
    await passkeys(page).getByText('on one device only').waitFor();
    await passkeys(page).getByText('not used yet').waitFor();
    expect(await builtIn.readCredentials()).toHaveLength(1);
    expect(await server.readSubjects(anna.email)).toContain('A passkey was added to your account');
  });

  test('signs in by the button, and shows when it was used', async () => {
    await leave();
    expect((await readTraffic(page)).asked.at(-1)?.mediation).toBe('conditional');
    await signInByButton();
    expect((await readTraffic(page)).asked.at(-1)?.mediation).toBe('optional');
    await openSecurity(page);
    await passkeys(page).getByText('used just now').waitFor();
  });

  test('signs in from the autofill of the email field', async () => {
    await leave();
    expect(await page.getByLabel('Email').getAttribute('autocomplete')).toBe('username webauthn');
    await builtIn.setPresent(true);
    await page.reload();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    expect((await readTraffic(page)).asked.map(({ mediation }) => mediation)).toEqual([
      'conditional',
    ]);
  });

  test('signs in after the server was restarted', async () => {
    await leave();
    await server.restart();
    await page.reload();
    await waitForOffer(page);
    await signInByButton();
  });

  test('brings its owner back to where they were', async () => {
    await leave();
    await page.goto('/security');
    await waitForOffer(page);
    await builtIn.setPresent(true);
    await passkeyButton(page).click();
    await page.getByRole('heading', { name: 'Security', exact: true }).waitFor();
  });
});

describe('a closed prompt', () => {
  test('alarms nobody: no notice, no line in the console, nothing in the log above info', async () => {
    await leave();
    const complaints: string[] = [];
    page.on('console', (line) => complaints.push(line.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    const logged = server.readLog().length;
    const before = (await readTraffic(page)).asked.length;
    await builtIn.setUserVerified(false);
    await builtIn.setPresent(true);
    await passkeyButton(page).click();
    const isBusy = () => passkeyButton(page).getAttribute('aria-disabled');
    // The offer in the autofill continues after it.
    await expect
      .poll(async () => (await readTraffic(page)).asked.slice(before).map((ask) => ask.mediation))
      .toEqual(['optional', 'conditional']);
    await expect.poll(isBusy).toBe('false');
    expect(await page.locator('.notice').allInnerTexts()).toEqual(["You're signed out"]);
    await builtIn.setUserVerified(true);
    // Another one is offered in the autofill, which signs in once the finger is recognised.
    await page.reload();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    expect(complaints.filter((line) => !line.includes('401'))).toEqual([]);
    expect(server.readLog().slice(logged)).not.toMatch(/\b(WARN|ERROR|FATAL)\b/);
  });

  test('adds nothing, and says nothing', async () => {
    await openSecurity(page);
    await builtIn.setUserVerified(false);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect
      .poll(() => page.getByRole('button', { name: 'Add a passkey' }).getAttribute('aria-disabled'))
      .toBe('false');
    await builtIn.setUserVerified(true);
    expect(await passkeys(page).locator('.notice').count()).toBe(0);
    expect(await passkeys(page).getByRole('listitem').count()).toBe(1);
  });
});

describe('the offer in the autofill', () => {
  test('is called off when somebody leaves the page or signs in another way', async () => {
    await leave();
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
    const left = (await readTraffic(page)).asked;
    expect(left.filter(({ isCalledOff }) => !isCalledOff)).toEqual([]);
    await page.goBack();
    await expect.poll(async () => (await readTraffic(page)).asked.length).toBe(left.length + 1);
    await signIn(page, anna);
    const after = (await readTraffic(page)).asked;
    expect(after.filter(({ isCalledOff }) => !isCalledOff)).toEqual([]);
  });
});

describe('an offer that failed', () => {
  test('shows no error, and starts again when the field gets the focus', async () => {
    await recordTraffic(other);
    await other.route('**/trpc/passkeys.authenticateOptions', (route) => route.abort());
    const failed = other.waitForEvent('requestfailed');
    await other.goto('/sign-in');
    await failed;
    await passkeyButton(other).waitFor();
    expect(await other.locator('.notice').count()).toBe(0);
    await other.unroute('**/trpc/passkeys.authenticateOptions');
    await other.getByLabel('Email').focus();
    await waitForOffer(other);
  });
});

describe('managing them', () => {
  test('requires reauthentication before another is added', async () => {
    await openSecurity(page);
    await server.passMinutes(11);
    await builtIn.setPresent(false);
    key = await addAuthenticator(page, { transport: 'usb' });
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog', { name: 'Is this still you?' });
    await dialog.getByLabel('Password', { exact: true }).fill(anna.password);
    expect(await key.readCredentials()).toEqual([]);
    await page.keyboard.press('Enter');
    await passkeys(page).getByText('was added').waitFor();
    expect(await key.readCredentials()).toHaveLength(1);
  });

  test('offers to sign out the other devices', async () => {
    await other.goto('/sign-in');
    await signIn(other, anna);
    await passkeys(page).getByRole('button', { name: 'Sign out my other devices' }).click();
    const outcome = passkeys(page).getByText('All other devices are signed out.');
    await outcome.waitFor();
    await expect.poll(() => isFocused(outcome)).toBe(true);
    await page.getByText("You're only signed in here.").waitFor();
    await other.reload();
    await other.getByText('Please sign in again').waitFor();
  });

  test('renames each in place, with the keyboard', async () => {
    const rename = passkeys(page).getByRole('button', { name: 'Rename' });
    await rename.nth(1).click();
    const name = passkeys(page).getByLabel('Name');
    expect(await isFocused(name)).toBe(true);
    await page.keyboard.press('Escape');
    expect(await isFocused(rename.nth(1))).toBe(true);
    await page.keyboard.press('Enter');
    await name.fill(' ');
    await page.keyboard.press('Enter');
    await passkeys(page).getByText('Enter a name you will recognise.').waitFor();
    await name.fill('Office key');
    await page.keyboard.press('Enter');
    await passkeys(page).getByRole('button', { name: 'Rename Office key' }).waitFor();
    expect(await isFocused(rename.nth(1))).toBe(true);
    await page.reload();
    await passkeys(page).getByRole('button', { name: 'Rename Office key' }).waitFor();
  });

  test("says that the last way to sign in can't be removed", async () => {
    await page.route('**/trpc/passkeys.remove', async (route) => {
      const answer = await route.fetch({ postData: JSON.stringify({ json: { id: 'none' } }) });
      const body = JSON.parse(await answer.text());
      Object.assign(body.error.json.data.auth, {
        code: 'VALIDATION',
        message: 'This is the only way into your account.',
      });
      await route.fulfill({ status: 400, json: body });
    });
    await passkeys(page).getByRole('button', { name: 'Remove' }).first().click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.getByRole('alert').getByText('This is the only way into your account.').waitFor();
    await page.unroute('**/trpc/passkeys.remove');
    await page.getByRole('button', { name: 'Cancel' }).click();
    const removeButton = passkeys(page).getByRole('button', { name: 'Remove' }).first();
    await expect.poll(() => isFocused(removeButton)).toBe(true);
  });
});

describe('two passkeys', () => {
  test('both sign in', async () => {
    await key.setPresent(false);
    await leave();
    await signInByButton();
    await leave();
    await key.setPresent(true);
    await passkeyButton(page).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await openSecurity(page);
    await expect.poll(() => passkeys(page).getByText('used just now').count()).toBe(2);
  });

  test('a removed one is refused, the browser is told, and the other still signs in', async () => {
    const [removed] = await key.readCredentials();
    if (!removed) throw new Error('No credential');
    const [kept] = await builtIn.readCredentials();
    const office = passkeys(page).getByRole('listitem').filter({ hasText: 'Office key' });
    await office.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('“Office key” will no longer sign you in.').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await isFocused(office.getByRole('button', { name: 'Remove' }))).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove it' }).click();
    await passkeys(page).getByText('“Office key” was removed').waitFor();
    expect(await passkeys(page).getByRole('listitem').count()).toBe(1);
    await expect
      .poll(async () => (await readTraffic(page)).accepted.at(-1)?.allAcceptedCredentialIds)
      .toEqual([toBase64Url(kept?.credentialId)]);
    await expect.poll(() => key.readCredentials()).toEqual([]);

    // Another browser may not have heard of it.
    await key.addCredential(removed);
    await key.setPresent(false);
    await leave();
    await key.setPresent(true);
    await passkeyButton(page).click();
    await page.getByRole('alert').getByText('It no longer belongs to an account.').waitFor();
    await page.getByText('or sign in with your password').waitFor();
    await expect
      .poll(async () => (await readTraffic(page)).unknown.at(-1)?.credentialId)
      .toBe(toBase64Url(removed.credentialId));
    await expect.poll(() => key.readCredentials()).toEqual([]);
    await key.remove();
    await signInByButton();
  });
});

describe('a slow answer about passkeys', () => {
  test('shows no button until it arrives, and moves nothing then', async () => {
    const answered = Promise.withResolvers<void>();
    await other.route('**/trpc/passkeys.capability', async (route) => {
      await answered.promise;
      await route.continue();
    });
    await other.goto('/sign-in');
    const things = other.locator('main').locator('h1, input, button, a');
    await things.last().waitFor();
    const before = await things.evaluateAll(readPlaces);
    expect(await passkeyButton(other).count()).toBe(0);
    expect(await other.content()).not.toMatch(/with a passkey/);
    answered.resolve();
    await passkeyButton(other).waitFor();
    const after = await things.evaluateAll(readPlaces);
    expect(after.slice(0, before.length)).toEqual(before);
  });
});

describe('a failed request about passkeys', () => {
  test('shows no error at the sign-in, and the next page asks again', async () => {
    await other.route('**/trpc/passkeys.capability', (route) => route.abort());
    await other.goto('/sign-in');
    const probed = other.waitForEvent('requestfailed', { predicate: isCapabilityRequest });
    await other.reload();
    await probed;
    await other.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await passkeyButton(other).count()).toBe(0);
    expect(await other.locator('.notice').count()).toBe(0);
    await signIn(other, anna);
    await other.getByRole('link', { name: 'Security' }).click();
    await passkeys(other).getByText('This one is on us').waitFor();
    await other.unroute('**/trpc/passkeys.capability');
    await passkeys(other).getByRole('button', { name: 'Add a passkey' }).waitFor();
    await passkeys(other).getByText('on one device only').waitFor();
  });
});

describe('a browser without passkeys', () => {
  test('offers none, and still manages the existing ones', async () => {
    await other.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
    await other.goto('/sign-in');
    await signIn(other, anna);
    await openSecurity(other);
    await passkeys(other).getByText("This browser can't create passkeys").waitFor();
    expect(await other.getByRole('button', { name: 'Add a passkey' }).count()).toBe(0);
    await passkeys(other).getByRole('button', { name: 'Rename' }).click();
    await other.keyboard.type('From afar');
    await other.keyboard.press('Enter');
    await passkeys(other).getByRole('button', { name: 'Rename From afar' }).waitFor();
    await openSecurity(page);
    await passkeys(page).getByRole('button', { name: 'Remove' }).waitFor();
    await passkeys(other).getByRole('button', { name: 'Remove' }).click();
    await other.getByRole('button', { name: 'Remove it' }).click();
    // None is left, and none can be created.
    await expect.poll(() => passkeys(other).count()).toBe(0);
  });

  test('removes one that is already gone elsewhere', async () => {
    await passkeys(page).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await passkeys(page).getByText("You don't have any yet.").waitFor();
  });
});

describe('a server without passkeys', () => {
  test('shows nothing about them, and the pages ask for nothing that is missing', async () => {
    const plain = await startServer({ PASSKEYS: 'off' });
    try {
      const asked: string[] = [];
      const missing: string[] = [];
      other.on('response', (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.includes('passkeys')) asked.push(pathname);
        if (response.status() === 404) missing.push(pathname);
      });
      const plainPage = await browser.newPage({ baseURL: plain.url });
      await join(plain, plainPage, anna);
      await plainPage.context().close();
      await other.goto(`${plain.url}/sign-in`);
      await other.getByLabel('Email').waitFor();
      expect(await other.content()).not.toMatch(/with a passkey/);
      await signIn(other, anna);
      await openSecurity(other);
      await other.getByRole('heading', { name: 'Two-step sign-in' }).waitFor();
      expect(await passkeys(other).count()).toBe(0);
      expect(await other.locator('main').textContent()).not.toMatch(/passkey/i);
      expect(new Set(asked)).toEqual(new Set(['/trpc/passkeys.capability']));
      expect(missing).toEqual([]);
    } finally {
      await plain.stop();
    }
  });
});
