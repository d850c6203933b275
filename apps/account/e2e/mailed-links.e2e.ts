import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeLooks, expectAccessible } from './support/accessibility.ts';
import { openBrowser } from './support/browser.ts';
import {
  fillSignIn,
  fillSignUp,
  inventPerson,
  join,
  type Person,
  signIn,
} from './support/person.ts';
import { type RunningServer, startServer } from './support/running-server.ts';

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page of a browser that nobody has used yet. */
async function openElsewhere(): Promise<Page> {
  return (await browser.newContext({ baseURL: server.url })).newPage();
}

async function signUp(page: Page, person: Person): Promise<string> {
  await page.goto('/sign-up');
  await fillSignUp(page, person);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Check your email' }).waitFor();
  return (await server.findLink(person.email)) ?? '';
}

/** Asks for another address in a signed-in browser. Answers the link that confirms it. */
async function askForAddress(page: Page, newEmail: string): Promise<string> {
  await page.goto('/profile');
  await page.getByRole('button', { name: 'Change email' }).click();
  await page.getByLabel('New email').fill(newEmail);
  await page.keyboard.press('Enter');
  await page.getByText('Open the link we sent you').waitFor();
  return (await server.findLink(newEmail)) ?? '';
}

describe('the link that confirms a new account', () => {
  test('asks for the password in another browser, also after a wrong one', async () => {
    const anna = inventPerson('Anna');
    const link = await signUp(await openElsewhere(), anna);
    const page = await openElsewhere();
    await page.goto(link);
    await page.getByText('enter the password you chose').waitFor();
    await page.getByRole('button', { name: 'Confirm', exact: true }).click();
    await page.getByText('Enter your password.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('not the right one');
    await page.keyboard.press('Enter');
    await page.getByText("That isn't your password.").waitFor();
    await page.getByLabel('Password', { exact: true }).fill(anna.password);
    await page.keyboard.press('Enter');
    await page.getByText('Your email address is confirmed').waitFor();
    await signIn(page, anna);
    await page.context().close();
  });

  test('ends the sign-up for somebody who knows nothing of it', async () => {
    const berta = inventPerson('Berta');
    const link = await signUp(await openElsewhere(), berta);
    const page = await openElsewhere();
    await page.goto(link);
    await page.getByRole('button', { name: "I didn't create this account" }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: "I didn't create this account" }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await page.getByRole('heading', { name: 'That sign-up has ended' }).waitFor();
    await page.goto(link);
    await page.getByRole('heading', { name: 'That link no longer works' }).waitFor();
    await page.goto('/sign-in');
    await fillSignIn(page, berta);
    await page.keyboard.press('Enter');
    await page.locator('input[name=password][aria-invalid=true]').waitFor();
    await page.context().close();
  });

  test('does nothing by being opened', async () => {
    const carla = inventPerson('Carla');
    const page = await openElsewhere();
    const link = await signUp(page, carla);
    await page.goto(link);
    await page.getByRole('button', { name: 'Confirm', exact: true }).waitFor();
    const rows = await server.query('select email_verified from auth.users where email = $1', [
      carla.email,
    ]);
    expect(rows).toEqual([{ email_verified: false }]);
    await page.context().close();
  });
});

describe('a change of address', () => {
  const dora = inventPerson('Dora');
  const newEmail = `new.${dora.email}`;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    page = await openElsewhere();
    context = page.context();
    await join(server, page, dora);
    await signIn(page, dora);
    return () => context.close();
  });

  test('is confirmed by its owner alone, who signs in on the way and comes back', async () => {
    const link = await askForAddress(page, newEmail);
    const elsewhere = await openElsewhere();
    const other = inventPerson('Other');
    await join(server, elsewhere, other);
    await signIn(elsewhere, other);
    await elsewhere.goto(link);
    await elsewhere.getByText('this link is for another account').waitFor();
    await elsewhere.getByRole('button', { name: 'Sign in' }).click();
    await elsewhere.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await fillSignIn(elsewhere, dora);
    await elsewhere.keyboard.press('Enter');
    await elsewhere.getByRole('button', { name: 'Use this address' }).click();
    await elsewhere.getByText('Your email address has changed').waitFor();
    await elsewhere.getByText(`From now on, sign in with ${newEmail}`).waitFor();
    await elsewhere.context().close();
  });

  test('is undone from the old mailbox, which leads to a new password and signs out the thief', async () => {
    const link = await server.findLink(dora.email, '/undo-email-change');
    const owner = await openElsewhere();
    await owner.goto(link ?? '');
    await owner.getByText(dora.email).waitFor();
    await owner.getByRole('button', { name: 'Undo the change' }).click();
    await owner.getByRole('heading', { name: 'Set a new password' }).waitFor();
    await owner.getByLabel('New password', { exact: true }).fill('a password nobody else knows');
    await owner.keyboard.press('Enter');
    await owner.getByText('Your new password is set').waitFor();
    await signIn(owner, { ...dora, password: 'a password nobody else knows' });
    await owner.getByText(dora.email).waitFor();
    await page.goto('/profile');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await owner.goto(link ?? '');
    await owner.getByRole('heading', { name: 'That link no longer works' }).waitFor();
    await owner.context().close();
  });
});

describeLooks((look, lookName) => {
  const picture = process.env['PICTURES'];
  const shoot = async (page: Page, name: string) => {
    if (picture)
      await page.screenshot({ path: `${picture}/${name} ${lookName}.png`, fullPage: true });
    await expectAccessible(page);
  };

  test('each page of a link is accessible', async () => {
    const person = inventPerson(`Person-of-the-look-${lookName.replace(' ', '-')}`);
    const own = await browser.newPage({ ...look, baseURL: server.url });
    const stranger = await browser.newPage({ ...look, baseURL: server.url });
    const link = await signUp(own, person);
    await own.goto(link);
    await own.getByRole('button', { name: 'Confirm', exact: true }).waitFor();
    await shoot(own, 'confirm');
    await stranger.goto(link);
    await stranger.getByLabel('Password', { exact: true }).waitFor();
    await shoot(stranger, 'confirm elsewhere');
    await stranger.getByRole('button', { name: "I didn't create this account" }).click();
    await shoot(stranger, 'decline');
    await own.getByRole('button', { name: 'Confirm', exact: true }).click();
    await own.getByText('Your email address is confirmed').waitFor();
    await signIn(own, person);
    const newEmail = `new.${person.email}`;
    const change = await askForAddress(own, newEmail);
    await own.goto(change);
    await own.getByRole('button', { name: 'Use this address' }).waitFor();
    await shoot(own, 'change');
    await stranger.goto(change);
    await stranger.getByRole('button', { name: 'Sign in' }).waitFor();
    await shoot(stranger, 'change elsewhere');
    await own.getByRole('button', { name: 'Use this address' }).click();
    await own.getByText('Your email address has changed').waitFor();
    await stranger.goto((await server.findLink(person.email, '/undo-email-change')) ?? '');
    await stranger.getByRole('button', { name: 'Undo the change' }).waitFor();
    await shoot(stranger, 'undo');
    await own.context().close();
    await stranger.context().close();
  });
});
