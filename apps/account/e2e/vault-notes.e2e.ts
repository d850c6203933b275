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

/** All of them, read by a tab that never had an earlier key. */
async function expectNotes(): Promise<void> {
  await reopen(page);
  for (const title of ['One', 'Two', 'Three']) {
    await entry(page, title).click();
    await expect.poll(() => page.getByLabel('Text').inputValue()).toBe(`Text of ${title}`);
    await page.getByRole('button', { name: 'Close' }).click();
  }
}

test('replacing the key re-encrypts the notes', async () => {
  await replaceKey();
  await page.getByText('3 notes are encrypted with it.').waitFor();
  await expectNotes();
});

test('during an outage half-way the tab asks before it is left and does not lock, and then it continues by itself', async () => {
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

/** Every note is under the vault's current key. */
async function expectAllUnderCurrentKey(): Promise<void> {
  const left = await server.query(
    `select 1 from auth.vault_notes n join auth.encryption_vaults v using (user_id)
     where not starts_with(n.title, 'enc:2:' || v.generation || '.')
        or not starts_with(n.body, 'enc:2:' || v.generation || '.')`,
  );
  expect(left).toEqual([]);
}

/** Replaces the key, and closes the tab before any note is under the new one. */
async function closeHalfWay(): Promise<void> {
  const context = page.context();
  await page.route('**/notes.update*', (route) => route.abort());
  await replaceKey();
  await page.getByText('What is done stays done').waitFor();
  await page.close();
  page = await context.newPage();
}

test('a tab closed half-way loses nothing: the vault continues once it is unlocked', async () => {
  await closeHalfWay();
  await page.goto('/vault');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('3 notes are encrypted with it.').waitFor();
  await expectAllUnderCurrentKey();
  await expectNotes();
});

test('a tab closed half-way loses nothing: the notebook continues as well', async () => {
  await closeHalfWay();
  await expectNotes();
  await expectAllUnderCurrentKey();
});

test('a notebook that still needs an earlier key asks before it locks', async () => {
  await closeHalfWay();
  let isDown = true;
  await page.route('**/notes.update*', (route) => (isDown ? route.abort() : route.continue()));
  await reopen(page);
  const lock = page.getByRole('button', { name: 'Lock now' });
  await lock.click();
  await page.getByText("aren't all encrypted with your vault's new key").waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  isDown = false;
  await expectNotes();
  await expectAllUnderCurrentKey();
  await lock.click();
  await page.getByRole('button', { name: 'Unlock' }).waitFor();
});
