import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFocused } from './support/browser.ts';
import { fillSignIn, inventPerson, join, type Person, signIn } from './support/person.ts';
import { browser, server, useServer } from './support/set-up.ts';

let anna: Person = inventPerson('Anna');
const berta = inventPerson('Berta');
let page: Page;
/** Another device of Anna's. */
let other: Page;

useServer({ MAX_DAILY_SIGNUPS: '2' });

beforeAll(async () => {
  const context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  await join(server, page, berta);
  await join(server, page, anna);
  await signIn(page, anna);
});

beforeEach(async () => {
  other = await browser.newPage({ baseURL: server.url });
});

afterEach(() => other.context().close());

async function signInElsewhere(): Promise<void> {
  await other.goto('/sign-in');
  await signIn(other, anna);
  await other.getByRole('link', { name: 'Security' }).click();
  await other.getByText('this device').waitFor();
}

/** As if the person returned to the tab. */
function lookAt(tab: Page): Promise<unknown> {
  return tab.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

describe('the password', () => {
  test('is changed by somebody who knows it, and signs out the other devices', async () => {
    await signInElsewhere();
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByLabel('Current password', { exact: true }).fill('not this one');
    await page.getByLabel('New password', { exact: true }).fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('at least 8 characters').waitFor();
    await page.getByLabel('New password', { exact: true }).fill('staple correct horse');
    await page.keyboard.press('Enter');
    await page.getByText("That isn't your password.").waitFor();
    const current = page.getByLabel('Current password', { exact: true });
    expect(await isFocused(current)).toBe(true);

    await current.fill(anna.password);
    expect(await page.getByLabel('Sign out my other devices').isChecked()).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText('changed', { exact: true }).waitFor();
    anna = { ...anna, password: 'staple correct horse' };

    await lookAt(other);
    await other.getByText('Please sign in again').waitFor();
    expect(new URL(other.url()).search).toBe('?next=%2Fsecurity');
    await fillSignIn(other, anna);
    await other.keyboard.press('Enter');
    await other.getByRole('heading', { name: 'Security', exact: true }).waitFor();
    expect(await server.readSubjects(anna.email)).toContain('Your password was changed');
  });
});

describe('devices', () => {
  test('are listed, with this one marked; one is signed out, and notices', async () => {
    await page.reload();
    await page.getByText('this device').waitFor();
    // The one of the previous test, which closed its window without signing out.
    await page.getByRole('button', { name: 'Sign out all other devices' }).click();
    await page.getByText('All other devices are signed out.').waitFor();
    await signInElsewhere();
    await lookAt(page);
    const signOut = page.getByRole('button', { name: /^Sign out Chrome/ });
    await signOut.click();
    await page.getByText('is signed out.').waitFor();
    expect(await signOut.count()).toBe(0);
    await lookAt(other);
    await other.getByText('Please sign in again').waitFor();
  });

  test('all others are signed out at once, and this one stays', async () => {
    await signInElsewhere();
    await page.reload();
    await page.getByRole('button', { name: 'Sign out all other devices' }).click();
    await page.getByText('All other devices are signed out.').waitFor();
    await other.reload();
    await other.getByText('Please sign in again').waitFor();
    await page.reload();
    await page.getByText("You're only signed in here.").waitFor();
  });

  test('one that is already signed out is a success, and a double click calls once', async () => {
    await signInElsewhere();
    await lookAt(page);
    const signOut = page.getByRole('button', { name: /^Sign out Chrome/ });
    await signOut.waitFor();
    await other.getByRole('link', { name: 'Profile' }).click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByText("You're signed out").waitFor();
    const calls: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('sessions.revoke')) calls.push(request.url());
    });
    await signOut.dblclick();
    await page.getByText('is signed out.').waitFor();
    expect(calls).toHaveLength(1);
  });

  test('a tab that is signed out in another one leaves the page', async () => {
    const tab = await page.context().newPage();
    await tab.goto('/profile');
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText("You're signed out").waitFor();
    await signIn(tab, anna);
    await page.getByRole('heading', { name: 'Security', exact: true }).waitFor();
    await tab.close();
  });
});

describe('recent activity', () => {
  test('is shown in plain text, page by page', async () => {
    await page.reload();
    const activity = page.getByRole('region', { name: 'Recent activity' });
    await activity.getByText('Password changed').first().waitFor();
    const rows = await activity.getByRole('listitem').count();
    await activity.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => activity.getByRole('listitem').count()).toBeGreaterThan(rows);
    const first = activity.getByRole('listitem').nth(rows);
    expect(await isFocused(first)).toBe(true);
    await activity.getByText("A password or code wasn't accepted").first().waitFor();
    expect(await activity.textContent()).not.toMatch(/[A-Z]{3,}_/);
  });
});

describe('an older sign-in', () => {
  test('is asked for the password, and what was asked for then continues', async () => {
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('button', { name: 'Change email' }).click();
    await page.getByLabel('New email').fill('Anna.New@example.org');
    await server.passMinutes(11);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Is this still you?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('One step is missing').waitFor();
    await page.getByRole('button', { name: 'Send the link' }).click();
    await dialog.waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Security', exact: true }).waitFor();
    expect(await dialog.count()).toBe(0);
    await page.goForward();
    expect(await page.getByLabel('New email').inputValue()).toBe('Anna.New@example.org');

    await page.getByRole('button', { name: 'Send the link' }).click();
    await dialog.locator('input:focus').waitFor();
    await page.keyboard.type('not this one');
    await page.keyboard.press('Enter');
    await dialog.getByText("That isn't your password.").waitFor();
    await dialog.getByLabel('Password', { exact: true }).fill(anna.password);
    await page.keyboard.press('Enter');
    await page.getByText('We sent it to Anna.New@example.org').waitFor();
    expect(await dialog.count()).toBe(0);
  });

  test('an open dialog disappears with the page when another tab signs out', async () => {
    await server.passMinutes(11);
    await page.getByRole('button', { name: 'Change email' }).click();
    await page.getByLabel('New email').fill('else@example.org');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    const tab = await page.context().newPage();
    await tab.goto('/profile');
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await page.bringToFront();
    await page.getByText("You're signed out").waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await signIn(page, anna);
    expect(await page.getByLabel('New email').inputValue()).toBe('else@example.org');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await tab.close();
  });
});

describe('the address', () => {
  test("can't be another account's, or the current one", async () => {
    await page.getByRole('button', { name: 'Change email' }).click();
    await page.getByLabel('New email').fill(anna.email);
    await page.keyboard.press('Enter');
    await page.getByText('That is already your address.').waitFor();
    await page.getByLabel('New email').fill(berta.email);
    await page.keyboard.press('Enter');
    await page.getByText('That address belongs to another account.').waitFor();
    await page.keyboard.press('Escape');
  });

  test('moves when it is confirmed with the link in the new mailbox, in any tab', async () => {
    // The session that asked for it before was signed out, and its link ended with it.
    const ended = await server.findLink('anna.new@example.org');
    const tab = await page.context().newPage();
    await tab.goto(ended ?? '');
    await tab.getByRole('heading', { name: 'That link no longer works' }).waitFor();

    await page.getByRole('button', { name: 'Change email' }).click();
    await page.getByLabel('New email').fill('anna.new@example.org');
    await page.keyboard.press('Enter');
    await page.getByText('We sent it to anna.new@example.org').waitFor();
    await expect.poll(() => server.findLink('anna.new@example.org')).not.toBe(ended);
    const link = await server.findLink('anna.new@example.org');
    await tab.goto(link ?? '');
    await tab.getByRole('button', { name: 'Use this address' }).click();
    await tab.getByText('Your email address has changed').waitFor();
    await tab.getByText('From now on, sign in with anna.new@example.org').waitFor();
    await tab.goto(link ?? '');
    await tab.getByRole('heading', { name: 'That link no longer works' }).waitFor();
    await tab.close();
    anna = { ...anna, email: 'anna.new@example.org' };
    await other.goto('/sign-in');
    await signIn(other, anna);
  });
});

describe('no more new accounts today', () => {
  test('is said before anything is typed', async () => {
    await other.goto('/sign-up');
    await other.getByText('No more new accounts today').waitFor();
    expect(await other.getByLabel('Email').count()).toBe(0);
    await other.getByRole('button', { name: 'Check again' }).click();
    await other.getByText('No more new accounts today').waitFor();
  });
});

describe('an unknown address', () => {
  test('says so, with status 404, and leads to the sign-in', async () => {
    const response = await other.goto('/some/where/else');
    expect(response?.status()).toBe(404);
    await other.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(await other.title()).toBe('Page not found · mana');
    await other.getByRole('link', { name: 'Go to the sign-in' }).click();
    await other.getByRole('heading', { name: 'Welcome back' }).waitFor();
  });

  test('leads a signed-in user to the profile', async () => {
    await page.goto('/nowhere');
    await page.getByRole('link', { name: 'Go to your profile' }).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  });
});

describe('the account', () => {
  test('is deleted in two steps, everywhere, and no longer exists', async () => {
    const tab = await page.context().newPage();
    await tab.goto('/security');
    await page.bringToFront();
    await page.goto('/profile');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByText("This can't be undone.").waitFor();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('Enter the address of this account.').waitFor();
    await page.getByLabel(`Type ${anna.email} to continue`).fill(berta.email);
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText("That isn't the address of this account.").waitFor();
    await page.getByLabel(`Type ${anna.email} to continue`).fill(anna.email);
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('Your account has been deleted').waitFor();
    await tab.getByRole('heading', { name: 'Welcome back' }).waitFor();

    await fillSignIn(page, anna);
    await page.keyboard.press('Enter');
    await page.getByText("don't match").waitFor();
    await tab.close();
  });
});
