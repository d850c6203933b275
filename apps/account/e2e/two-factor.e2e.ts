import { readCode } from '@mana/server/testing/authenticator-app';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFocused } from './support/browser.ts';
import { inventPerson, signIn, signInHalfway } from './support/person.ts';
import { browser, openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';

const anna = inventPerson('Anna');
/** Where Anna is signed in and manages her account. */
let own: Page;
/** Where she signs in. */
let page: Page;

let secret = '';
let backupCodes: string[] = [];

useServer();

beforeAll(async () => {
  own = await openSignedIn(anna, { permissions: ['clipboard-write'] });
  await own.getByRole('link', { name: 'Security' }).click();
});

beforeEach(async () => {
  page = await browser.newPage({ baseURL: server.url });
});

afterEach(() => page.context().close());

function codeField(on: Page) {
  return on.getByLabel('Code from your app');
}

/** The app's next code: each works once. */
async function readNextCode(): Promise<string> {
  await server.passMinutes(1);
  return readCode(secret, server.readClock());
}

async function readBackupCodes(): Promise<string[]> {
  await own.getByRole('heading', { name: 'Your backup codes' }).waitFor();
  return own.locator('.codes li').allTextContents();
}

describe('turning it on', () => {
  test('shows the secret as a picture and as text, and requires a matching code', async () => {
    await own.getByRole('button', { name: 'Turn on' }).click();
    const picture = own.getByRole('img', { name: 'QR code for your authenticator app' });
    await picture.waitFor();
    expect(await picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
    await own.getByText("Can't scan it?").click();
    secret = (await own.locator('.key span').allTextContents()).join('');
    const uri = await own.getByRole('link', { name: 'open it in your app' }).getAttribute('href');
    expect(new URL(uri ?? '').searchParams.get('secret')).toBe(secret);

    await codeField(own).fill('12345');
    await own.keyboard.press('Enter');
    await own.getByText('The code has six digits.').waitFor();
    await codeField(own).fill(readCode(secret, 0));
    await own.keyboard.press('Enter');
    await own.getByText("That code isn't right").waitFor();
    expect(await codeField(own).getAttribute('aria-invalid')).toBe('true');
  });

  test('shows ten backup codes, once', async () => {
    const code = await readNextCode();
    await codeField(own).fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await own.keyboard.press('Enter');
    backupCodes = await readBackupCodes();
    expect(new Set(backupCodes).size).toBe(10);
    await own.getByRole('button', { name: 'Copy' }).click();
    await own.getByRole('button', { name: 'Copied' }).waitFor();
    await own.getByRole('button', { name: "I've saved them" }).click();
    await own.getByText('Two-step sign-in is on').waitFor();
    await own.reload();
    await own.getByText('Two-step sign-in is on').waitFor();
    expect(await own.content()).not.toContain(backupCodes[0]);
  });
});

describe('signing in', () => {
  test('asks for a code after the password, also after a reload, and accepts the right one', async () => {
    await page.goto('/security');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.getByLabel('Email').fill(anna.email);
    await page.getByLabel('Password', { exact: true }).fill(anna.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    expect(await isFocused(codeField(page))).toBe(true);
    expect(await codeField(page).getAttribute('autocomplete')).toBe('one-time-code');
    expect(await codeField(page).getAttribute('inputmode')).toBe('numeric');
    await page.reload();

    await codeField(page).fill(readCode(secret, 0));
    await page.keyboard.press('Enter');
    await page.getByText("That code isn't right").waitFor();
    await codeField(page).fill(await readNextCode());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Security', exact: true }).waitFor();
  });

  test('accepts a backup code instead, once', async () => {
    await signInHalfway(page, anna);
    await page.getByRole('button', { name: 'Use a backup code instead' }).click();
    await page.keyboard.type((backupCodes[0] ?? '').toUpperCase());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText("You're signed out").waitFor();

    await signInHalfway(page, anna);
    await page.getByRole('button', { name: 'Use a backup code instead' }).click();
    await page.keyboard.type(backupCodes[0] ?? '');
    await page.keyboard.press('Enter');
    await page.getByText("That isn't one of your remaining codes").waitFor();
  });

  test('returns to the password if the second step took too long', async () => {
    await signInHalfway(page, anna);
    await server.passMinutes(11);
    await codeField(page).fill(await readNextCode());
    await page.keyboard.press('Enter');
    await page.getByText('Please start again').waitFor();
    expect(await page.getByLabel('Email').inputValue()).toBe(anna.email);
    await page.getByLabel('Password', { exact: true }).fill(anna.password);
    await page.keyboard.press('Enter');
    await codeField(page).fill(await readNextCode());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  });

  test('goes back to the password with the back button, and forward again', async () => {
    await signInHalfway(page, anna);
    await page.goBack();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(await page.getByLabel('Email').inputValue()).toBe(anna.email);
    await page.goForward();
    await codeField(page).fill(await readNextCode());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  });

  test('keeps the typed code while the database hangs, and then continues', async () => {
    await signInHalfway(page, anna);
    const code = await readNextCode();
    await codeField(page).fill(code);
    server.freezeDatabase();
    try {
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText('This one is on us').waitFor(PATIENCE);
      expect(await codeField(page).inputValue()).toBe(code);
      expect(await codeField(page).getAttribute('aria-invalid')).toBe(null);
    } finally {
      server.thawDatabase();
    }
    await page.getByRole('heading', { name: 'Your profile' }).waitFor(PATIENCE);
  });
});

describe('managing it', () => {
  test('replaces the backup codes, after reauthentication', async () => {
    await own.getByRole('button', { name: 'New backup codes' }).click();
    await own.getByRole('button', { name: 'Create new codes' }).click();
    const dialog = own.getByRole('dialog');
    await dialog.getByLabel('Password', { exact: true }).fill(anna.password);
    await dialog.getByLabel('Code from your app').fill(readCode(secret, 0));
    await own.keyboard.press('Enter');
    await dialog.getByText("That code isn't right").waitFor();
    await dialog.getByLabel('Code from your app').fill(await readNextCode());
    await own.keyboard.press('Enter');
    const fresh = await readBackupCodes();
    expect(fresh.filter((code) => backupCodes.includes(code))).toEqual([]);
    await own.getByRole('button', { name: "I've saved them" }).click();
  });

  test('turns it off, and then the password alone signs in', async () => {
    await own.getByRole('button', { name: 'Turn off' }).click();
    await own.getByText('Your password alone will then sign you in').waitFor();
    await own.getByRole('button', { name: 'Turn it off' }).click();
    await own.getByRole('button', { name: 'Turn on' }).waitFor();
    await page.goto('/sign-in');
    await signIn(page, anna);
  });
});
