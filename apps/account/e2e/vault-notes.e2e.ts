import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { entry, openNewNotebook, reopen, writeNote } from './support/notebook-steps.ts';
import { inventPerson } from './support/person.ts';
import { browser, PATIENCE, server, useServer } from './support/set-up.ts';
import { card } from './support/vault-steps.ts';

const anna = inventPerson('Anna');
let page: Page;

useServer();

beforeAll(async () => {
  const context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  await openNewNotebook(server, page, anna);
  for (const title of ['One', 'Two', 'Three']) await writeNote(page, title, `Text of ${title}`);
});

async function replaceKey(): Promise<void> {
  await page.getByRole('link', { name: 'Vault' }).click();
  const rotation = card(page, 'Replace the key');
  await rotation.getByRole('button', { name: 'Replace the key' }).click();
  await rotation.getByRole('checkbox').check();
  await rotation.getByRole('button', { name: 'Replace the key' }).click();
}

/** All of them, by a tab that never had a former key. */
async function expectNotes(): Promise<void> {
  await reopen(page);
  for (const title of ['One', 'Two', 'Three']) {
    await entry(page, title).click();
    await expect.poll(() => page.getByLabel('Text').inputValue()).toBe(`Text of ${title}`);
    await page.getByRole('button', { name: 'Close' }).click();
  }
}

test('another key takes the notes along', async () => {
  await replaceKey();
  await page.getByText('3 notes are encrypted with it.').waitFor();
  await expectNotes();
});

test('an outage in the middle keeps the tab from being left and locked, and goes on by itself', async () => {
  let isDown = true;
  await page.route('**/notes.update*', (route) => (isDown ? route.abort() : route.continue()));
  await replaceKey();
  await page.getByRole('progressbar').waitFor();
  await page.getByText('What is done stays done').waitFor();
  const lock = page.getByRole('button', { name: 'Lock now' });
  expect(await lock.getAttribute('aria-disabled')).toBe('true');
  const questions: string[] = [];
  page.once('dialog', (dialog) => {
    questions.push(dialog.message());
    void dialog.dismiss();
  });
  await page.getByRole('link', { name: 'Profile' }).click();
  expect(questions.join()).toContain("aren't all encrypted with the new key yet");
  isDown = false;
  await page.getByText('3 notes are encrypted with it.').waitFor(PATIENCE);
  expect(await lock.getAttribute('aria-disabled')).toBe('false');
  await page.unroute('**/notes.update*');
  await expectNotes();
});

/** No note is under any other key than the one that the vault has now. */
async function expectAllUnderKeyOfNow(): Promise<void> {
  const left = await server.query(
    `select 1 from auth.vault_notes n join auth.encryption_vaults v using (user_id)
     where not starts_with(n.title, 'enc:2:' || v.generation || '.')
        or not starts_with(n.body, 'enc:2:' || v.generation || '.')`,
  );
  expect(left).toEqual([]);
}

/** Replaces the key, and closes the tab before any note is under the new one. */
async function closeInTheMiddle(): Promise<void> {
  const context = page.context();
  await page.route('**/notes.update*', (route) => route.abort());
  await replaceKey();
  await page.getByText('What is done stays done').waitFor();
  await page.close();
  page = await context.newPage();
}

test('a tab that is closed in the middle loses nothing: the vault goes on once it is unlocked', async () => {
  await closeInTheMiddle();
  await page.goto('/vault');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('3 notes are encrypted with it.').waitFor();
  await expectAllUnderKeyOfNow();
  await expectNotes();
});

test('a tab that is closed in the middle loses nothing: the notebook goes on as well', async () => {
  await closeInTheMiddle();
  await expectNotes();
  await expectAllUnderKeyOfNow();
});

test('a notebook that still needs a former key asks before it locks', async () => {
  await closeInTheMiddle();
  let isDown = true;
  await page.route('**/notes.update*', (route) => (isDown ? route.abort() : route.continue()));
  await reopen(page);
  const lock = page.getByRole('button', { name: 'Lock now' });
  await lock.click();
  await page.getByText("aren't all encrypted with your vault's new key").waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  isDown = false;
  await expectNotes();
  await expectAllUnderKeyOfNow();
  await lock.click();
  await page.getByRole('button', { name: 'Unlock' }).waitFor();
});
