import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFocused, openBrowser } from './support/browser.ts';
import { fillSignIn, fillSignUp, inventPerson } from './support/person.ts';
import { type OpenServer, openServer } from './support/running-server.ts';

const anna = inventPerson('Anna');
/** What the browser complained about: a failed script, or a style refused by the policy. */
const complaints: string[] = [];

let server: OpenServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  server = await openServer();
  browser = await openBrowser();
  context = await browser.newContext({ baseURL: server.url });
  context.on('page', (opened) => {
    opened.on('pageerror', (error) => complaints.push(String(error)));
    opened.on('console', (message) => {
      // The browser itself logs a refused call, which is part of this test.
      const isRefusedCall = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusedCall) complaints.push(message.text());
    });
  });
  page = await context.newPage();
});

afterAll(async () => {
  await browser?.close();
  expect(await server?.stop(), 'the server ends well on SIGTERM').toBe(0);
});

describe('a newcomer', () => {
  test('arrives at the sign-in, and goes from there to the sign-up', async () => {
    await page.goto('/');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await page.getByRole('link', { name: 'Create an account' }).click();
    const heading = page.getByRole('heading', { name: 'Create an account' });
    await heading.waitFor();
    expect(await page.title()).toBe('Create an account · mana');
    expect(await isFocused(heading)).toBe(true);
  });

  test('is told what is missing, beside the field, before anything is sent', async () => {
    await page.getByRole('button', { name: 'Create account' }).click();
    const name = page.getByLabel('Name');
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    expect(await isFocused(name)).toBe(true);
    await page.getByText('Enter your email address.').waitFor();
  });

  test('is told what a password needs after entering a weak one', async () => {
    await fillSignUp(page, { ...anna, password: 'short' });
    await page.keyboard.press('Enter');
    await page.getByText('Choose a password of at least 8 characters').waitFor();
    expect(await page.getByLabel('Email').inputValue()).toBe(anna.email);
  });

  test('signs up and is asked to check their email, also after a reload', async () => {
    await page.getByLabel('Password', { exact: true }).fill(anna.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Check your email' }).waitFor();
    await page.reload();
    await page.getByText(anna.email).waitFor();
  });

  test('has the email sent again', async () => {
    await page.getByRole('button', { name: 'Send it again' }).click();
    await page.getByText('A new link is on its way').waitFor();
  });

  test("can't sign in before the address is confirmed, and can have the link sent again", async () => {
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await fillSignIn(page, anna);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Confirm your email address first').waitFor();
    await page.getByRole('button', { name: 'Send the link again' }).click();
    await page.getByText('A new link is on its way').waitFor();
  });

  test('finds the email in the outbox and follows its link', async () => {
    const link = await server.findLink(anna.email);
    await page.goto('/dev/outbox');
    expect(await page.locator('article').first().locator('a').getAttribute('href')).toBe(link);
    await page.locator('article a').first().click();
    await page.getByRole('heading', { name: 'Confirm your email address' }).waitFor();
    await page.getByText(anna.email).waitFor();
    // This is the browser that signed up.
    expect(await page.locator('input[type=password]').count()).toBe(0);
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.getByText('Your email address is confirmed').waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  });

  test('is told if a link was already used, and can get a new one', async () => {
    const link = await server.findLink(anna.email);
    await page.goto(link ?? '');
    await page.getByRole('heading', { name: 'That link no longer works' }).waitFor();
    await page.getByLabel('Email').fill(anna.email);
    await page.getByRole('button', { name: 'Send a new link' }).click();
    await page.getByText('A new link is on its way').waitFor();
  });

  test('signs in with the keyboard alone', async () => {
    await page.goto('/sign-in');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type(anna.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(anna.password);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.locator('input[name=password]').getAttribute('type')).toBe('text');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByText(anna.email).waitFor();
  });

  test('changes the name with the keyboard, and keeps the focus', async () => {
    await page.getByRole('button', { name: 'Change name' }).press('Enter');
    await page.keyboard.type('Anna Muster');
    await page.keyboard.press('Enter');
    await page.getByText('saved').waitFor();
    await page.getByText('Anna Muster').waitFor();
    const change = page.getByRole('button', { name: 'Change name' });
    expect(await isFocused(change)).toBe(true);
  });

  test('is still signed in after a reload, and never sees the sign-in on the way', async () => {
    const seen: string[] = [];
    await page.exposeFunction('noteHeading', (text: string) => seen.push(text));
    await page.addInitScript(() => {
      new MutationObserver(() => {
        const text = document.querySelector('h1')?.textContent;
        if (text) void Reflect.get(window, 'noteHeading')(text);
      }).observe(document, { childList: true, subtree: true });
    });
    await page.reload();
    await page.getByText('Anna Muster').waitFor();
    expect(new Set(seen)).toEqual(new Set(['Your profile']));
  });

  test('goes back and forward without being signed out', async () => {
    await page.goto('/verify-email');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Confirm your email address' }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  });

  test('signs out in one tab, and the other follows', async () => {
    const other = await context.newPage();
    await other.goto('/profile');
    await other.getByText('Anna Muster').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const tab of [page, other]) {
      await tab.getByText("You're signed out").waitFor();
      expect(await tab.getByLabel('Email').inputValue()).toBe('');
    }
    await fillSignIn(other, anna);
    await other.keyboard.press('Enter');
    await other.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await other.close();
  });

  test('keeps a name that is being typed when another tab signs out and in again', async () => {
    const other = await context.newPage();
    await other.goto('/profile');
    await page.getByRole('button', { name: 'Change name' }).click();
    await page.getByLabel('Name').fill('Half a na');
    await other.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText("You're signed out").waitFor();
    await fillSignIn(page, anna);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('Half a na');
    await other.close();
  });

  test('is asked to sign in again when the session is gone, and returns', async () => {
    await page.getByRole('button', { name: 'Cancel' }).click();
    await context.clearCookies();
    await page.getByRole('button', { name: 'Change name' }).click();
    await page.getByLabel('Name').fill('Anna M.');
    await page.keyboard.press('Enter');
    await page.getByText('Please sign in again').waitFor();
    expect(new URL(page.url()).search).toBe('?next=%2Fprofile');
    await fillSignIn(page, anna);
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('Name').inputValue()).toBe('Anna M.');
  });

  test('causes no complaint by the browser', () => {
    expect(complaints).toEqual([]);
  });
});
