import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fillSignIn, fillSignUp, inventPerson, join, signIn } from './support/person.ts';
import { startServer } from './support/running-server.ts';
import { browser, PATIENCE, server, useServer } from './support/set-up.ts';

const anna = inventPerson('Anna');

let page: Page;

useServer();

beforeAll(async () => {
  const first = await browser.newPage();
  await join(server, first, anna);
  await first.close();
});

beforeEach(async () => {
  page = await browser.newPage({ baseURL: server.url });
});

afterEach(async () => {
  server.thawDatabase();
  server.thaw();
  await page.context().close();
});

function calmNotice() {
  return page.getByRole('status').getByText('This one is on us');
}

function password() {
  return page.getByLabel('Password', { exact: true });
}

describe("the user's faults", () => {
  test('a wrong password is shown beside the field, and what was typed stays', async () => {
    await page.goto('/sign-in');
    await fillSignIn(page, { ...anna, password: 'not this one' });
    await page.keyboard.press('Enter');
    const problem = page.getByText("That email and password don't match.");
    await problem.waitFor();
    expect(await password().getAttribute('aria-invalid')).toBe('true');
    expect(await password().getAttribute('aria-describedby')).toBe(
      await problem.getAttribute('id'),
    );
    expect(await password().inputValue()).toBe('not this one');
    expect(await page.getByLabel('Email').inputValue()).toBe(anna.email);

    await password().fill('correct');
    expect(await problem.isVisible()).toBe(false);
    expect(await password().inputValue()).toBe('correct');
  });

  test('a taken address is shown beside the field, and carried over to the sign-in', async () => {
    await page.goto('/sign-up');
    await fillSignUp(page, anna);
    await page.keyboard.press('Enter');
    await page.getByText("That email can't be used for a new account.").waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    expect(await page.getByLabel('Email').inputValue()).toBe(anna.email);
  });
});

describe('our faults', () => {
  test('a database that hangs: a calm notice, what was typed stays, and it goes through by itself', async () => {
    await page.goto('/sign-in');
    await fillSignIn(page, anna);
    server.freezeDatabase();
    await page.keyboard.press('Enter');
    await calmNotice().waitFor(PATIENCE);
    expect(await password().inputValue()).toBe(anna.password);
    expect(await password().getAttribute('aria-invalid')).toBe(null);
    await page.getByText(/Trying again in \d+ s/).waitFor();
    expect(
      await page.getByRole('button', { name: 'Trying again…' }).getAttribute('aria-disabled'),
    ).toBe('true');
    await page.getByText('Details for support').click();
    await page.getByText('SERVICE_UNAVAILABLE').waitFor();

    server.thawDatabase();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor(PATIENCE);
  });

  test('once what was typed has changed, nothing is retried automatically', async () => {
    await page.goto('/sign-in');
    await fillSignIn(page, anna);
    server.freezeDatabase();
    await page.keyboard.press('Enter');
    await calmNotice().waitFor(PATIENCE);
    await password().press('Backspace');
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await page.getByText(/Trying again/).count()).toBe(0);
  });

  test('a server that hangs: nothing is sent twice, and it goes through when it is back', async () => {
    const calls: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('auth.login')) calls.push(request.url());
    });
    await page.goto('/sign-in');
    await fillSignIn(page, anna);
    server.freeze();
    await page.keyboard.press('Enter');
    const busy = page.getByRole('button', { name: 'Signing in…' });
    await busy.click({ force: true });
    await password().press('Enter');
    await calmNotice().waitFor(PATIENCE);
    expect(calls).toHaveLength(1);
    server.thaw();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor(PATIENCE);
  });

  test('a page that is opened in an outage says so, and signs nobody out', async () => {
    await page.goto('/sign-in');
    await signIn(page, anna);
    server.freezeDatabase();
    await page.reload();
    await calmNotice().waitFor(PATIENCE);
    expect(await page.getByLabel('Password', { exact: true }).count()).toBe(0);
    server.thawDatabase();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor(PATIENCE);
  });

  test('lists that cannot be fetched are reported calmly, and appear by themselves', async () => {
    await page.goto('/sign-in');
    await signIn(page, anna);
    server.freezeDatabase();
    await page.getByRole('link', { name: 'Security' }).click();
    await calmNotice().first().waitFor(PATIENCE);
    await page.getByText('Your devices are still signed in.').waitFor();
    server.thawDatabase();
    await page.getByText('this device').waitFor(PATIENCE);
    await page.getByText('First sign-in from a new device').first().waitFor(PATIENCE);
    await expect.poll(() => calmNotice().count()).toBe(0);
  });

  test('a sign-up that is cut off creates one account and leads to its email', async () => {
    const berta = inventPerson('Berta');
    await page.goto('/sign-up');
    await fillSignUp(page, berta);
    server.freezeDatabase();
    await page.keyboard.press('Enter');
    await calmNotice().waitFor(PATIENCE);
    server.thawDatabase();
    await page.getByRole('heading', { name: 'Check your email' }).waitFor(PATIENCE);
  });
});

describe('the network', () => {
  test('offline: nobody is blamed, and it continues as soon as the network is back', async () => {
    await page.goto('/sign-in');
    await fillSignIn(page, anna);
    await page.context().setOffline(true);
    await page.keyboard.press('Enter');
    await page.getByText("You're offline").waitFor();
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
  });
});

describe('limits', () => {
  test('too many calls: says when to try again, and sends nothing until then', async () => {
    const strict = await startServer({ CALLS_PER_MINUTE: '10' });
    try {
      await page.goto(`${strict.url}/sign-in`);
      await fillSignIn(page, anna);
      await page.keyboard.press('Enter');
      await page.getByText("don't match").waitFor();
      await password().press('Enter');
      await page
        .getByRole('alert')
        .getByText(/You can try again in \d+ s/)
        .first()
        .waitFor();
      expect(await password().inputValue()).toBe(anna.password);
    } finally {
      await strict.stop();
    }
  });
});
