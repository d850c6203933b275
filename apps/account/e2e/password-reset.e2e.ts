import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fillSignIn, inventPerson, type Person, signIn } from './support/person.ts';
import { browser, openSignedIn, server, useServer } from './support/set-up.ts';

let anna: Person = inventPerson('Anna');
/** A device that Anna has never used. */
let page: Page;
/** Anna's own, where she is signed in. */
let own: Page;

useServer({});

beforeAll(async () => {
  own = await openSignedIn(anna);
});

beforeEach(async () => {
  page = await browser.newPage({ baseURL: server.url });
});

afterEach(() => page.context().close());

async function askForLink(): Promise<string> {
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email').fill(anna.email);
  await page.keyboard.press('Enter');
  await page.getByText(`If ${anna.email} has an account`).waitFor();
  const link = await server.findLink(anna.email, '/reset-password');
  if (!link) throw new Error('no mail');
  return link;
}

function newPassword() {
  return page.getByLabel('New password', { exact: true });
}

describe('somebody who forgot the password', () => {
  test('is told the same about any address, and only an account gets an email', async () => {
    await page.goto('/forgot-password');
    await page.getByLabel('Email').fill('nobody@example.org');
    await page.keyboard.press('Enter');
    await page.getByText('If nobody@example.org has an account').waitFor();
    expect(await server.readSubjects('nobody@example.org')).toEqual([]);
    expect(await askForLink()).toContain('token=');
  });

  test('finds the token nowhere on the page that the link opens', async () => {
    const link = await askForLink();
    const token = new URL(link).searchParams.get('token') ?? '';
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(link);
    await page.getByRole('heading', { name: 'Set a new password' }).waitFor();
    expect(page.url()).toBe(`${server.url}/reset-password`);
    expect(addresses.filter((address) => address.includes(token))).toEqual([link]);
    expect(await page.content()).not.toContain(token);
    expect(await page.evaluate(() => JSON.stringify(history.state))).not.toContain(token);
  });

  test('sets a new one, which signs out every device', async () => {
    await page.goto(await askForLink());
    await newPassword().fill('password1');
    await page.keyboard.press('Enter');
    await page.getByText('one of the most common ones').waitFor();
    expect(await newPassword().getAttribute('aria-invalid')).toBe('true');

    anna = { ...anna, password: 'staple correct horse' };
    await newPassword().fill(anna.password);
    await page.keyboard.press('Enter');
    await page.getByText('Your new password is set').waitFor();
    await own.goto('/profile');
    await own.getByText('Please sign in again').waitFor();
    await page.goto('/sign-in');
    await signIn(page, anna);
    await signIn(own, anna);
  });

  test('sets one in the browser where they are signed in, and has to sign in again', async () => {
    const link = await askForLink();
    const tab = await own.context().newPage();
    await tab.goto(link);
    anna = { ...anna, password: 'battery staple correct' };
    await tab.getByLabel('New password', { exact: true }).fill(anna.password);
    await tab.keyboard.press('Enter');
    await tab.getByText('Your new password is set').waitFor();
    await own.getByText('Please sign in again').waitFor();
    await signIn(own, anna);
    await tab.close();
  });

  test('can get a new link after one has expired, was used, or got lost in a reload', async () => {
    const link = await askForLink();
    await server.passMinutes(61);
    await page.goto(link);
    await newPassword().fill('a fourth password');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'That link has expired' }).waitFor();
    await page.getByLabel('Email').fill(anna.email);
    await page.getByRole('button', { name: 'Send a new link' }).click();
    await page.getByText('Check your inbox').waitFor();

    await page.goto('/reset-password?token=unheard-of');
    await newPassword().fill('a fourth password');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'That link no longer works' }).waitFor();

    await page.reload();
    await page.getByRole('heading', { name: 'Reset your password' }).waitFor();
    await page.getByRole('button', { name: 'Send a new link' }).waitFor();
  });
});

describe('an account whose password somebody guesses', () => {
  test('is locked to them, says for how long and what still works, and stays open to its owner', async () => {
    await page.goto('/sign-in');
    for (const guess of ['one', 'two', 'three', 'four', 'five']) {
      await fillSignIn(page, { ...anna, password: `guess ${guess}` });
      await page.keyboard.press('Enter');
      await page.getByText("don't match").waitFor();
      await page.getByLabel('Password', { exact: true }).fill('');
    }
    await fillSignIn(page, anna);
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    await alert.getByText('Password sign-in is paused for 30 min').waitFor();
    await alert.getByText('You can still sign in on a device you have used before').waitFor();
    await alert.getByRole('link', { name: 'Reset password' }).waitFor();
    const button = page.getByRole('button', { name: 'Sign in', exact: true });
    expect(await button.getAttribute('aria-disabled')).toBe('true');

    // Somebody else at the same device doesn't have to wait.
    await page.getByLabel('Email').fill('berta@example.org');
    expect(await button.getAttribute('aria-disabled')).toBe('false');

    await own.getByRole('button', { name: 'Sign out' }).click();
    await own.getByText("You're signed out").waitFor();
    await signIn(own, anna);
  });

  test('is unlocked by a reset, also for unknown devices', async () => {
    await page.goto(await askForLink());
    anna = { ...anna, password: 'horse battery staple' };
    await newPassword().fill(anna.password);
    await page.keyboard.press('Enter');
    await page.getByText('Your new password is set').waitFor();
    await signIn(page, anna);
  });
});
