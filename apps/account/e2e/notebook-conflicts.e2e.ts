import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser } from './support/browser.ts';
import {
  entry,
  fillNote,
  openNewNotebook,
  openTab,
  reopen,
  save,
  text,
  writeNote,
} from './support/notebook-steps.ts';
import { inventPerson } from './support/person.ts';
import { type RunningServer, startServer } from './support/running-server.ts';

const TEXT = 'The spare key hangs behind the barometer';

let server: RunningServer;
let browser: Browser;
let page: Page;
let count = 0;
let person: ReturnType<typeof inventPerson>;

beforeAll(async () => {
  // A database that hangs is noticed soon.
  server = await startServer({ DATABASE_TIMEOUT_MS: '2000' });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  count += 1;
  person = inventPerson(`Anna${count}`);
  page = await (await browser.newContext({ baseURL: server.url })).newPage();
  await openNewNotebook(server, page, person);
});

afterEach(async () => {
  server.thawDatabase();
  await page.context().close();
});

describe('a note that was changed in another tab first', () => {
  beforeEach(() => writeNote(page, 'Shared', 'start'));

  async function meetConflict(): Promise<Page> {
    const tab = await openTab(page);
    await entry(page, 'Shared').click();
    await entry(tab, 'Shared').click();
    await text(tab).fill('of the tab');
    await save(tab);
    await tab.getByText('“Shared” is saved.').waitFor();
    await page.bringToFront();
    await text(page).fill('of the page');
    await save(page);
    await page.getByText('This note was changed somewhere else').waitFor();
    await page.getByText('of the tab').waitFor();
    expect(await text(page).inputValue()).toBe('of the page');
    return tab;
  }

  async function readAll(): Promise<string[]> {
    await reopen(page);
    const texts: string[] = [];
    for (const one of await page.getByRole('listitem').getByRole('button').all()) {
      await one.click();
      texts.push(await text(page).inputValue());
      await page.getByRole('button', { name: 'Close' }).click();
    }
    return texts.toSorted();
  }

  test('can be kept twice', async () => {
    await meetConflict();
    await page.getByRole('button', { name: 'Keep both' }).click();
    await page.getByText('“Shared” is saved.').waitFor();
    expect(await readAll()).toEqual(['of the page', 'of the tab']);
  });

  test('can be replaced, knowingly', async () => {
    await meetConflict();
    await page.getByRole('button', { name: 'Save mine in its place' }).click();
    await page.getByText('“Shared” is saved.').waitFor();
    expect(await readAll()).toEqual(['of the page']);
  });

  test('can be gone on with', async () => {
    await meetConflict();
    await page.getByRole('button', { name: 'Take the other one' }).click();
    expect(await text(page).inputValue()).toBe('of the tab');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await readAll()).toEqual(['of the tab']);
  });

  test('or deleted, is kept as a new one by who wants it', async () => {
    const tab = await openTab(page);
    await entry(page, 'Shared').click();
    await text(page).fill('of the page');
    await entry(tab, 'Shared').click();
    await tab.getByRole('button', { name: 'Delete this note' }).click();
    await tab.getByRole('button', { name: 'Delete it' }).click();
    await tab.getByText('There are no notes yet.').waitFor();
    await save(page);
    await page.getByText('This note was deleted somewhere else').waitFor();
    await save(page);
    await page.getByText('“Shared” is saved.').waitFor();
    expect(await readAll()).toEqual(['of the page']);
  });
});

describe('a new key', () => {
  test('of another device locks here, keeps what is typed, and the notes follow it', async () => {
    await writeNote(page, 'Keys', TEXT);
    await entry(page, 'Keys').click();
    await text(page).fill('unsaved');
    // As another device of theirs does.
    const answer = await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ json: {} });
      return (await fetch('/trpc/vault.rotate', { method: 'POST', headers, body })).status;
    });
    expect(answer).toBe(200);
    await save(page);
    await page.getByText('Your vault has a new key.').waitFor();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock now' }).waitFor();
    await save(page);
    await page.getByText('“Keys” is saved.').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe('unsaved');
  });

  test('has the notes that this tab can still read encrypted anew, and none counts as changed', async () => {
    await writeNote(page, 'Keys', TEXT);
    const [before] = await server.query(
      'select updated_at from auth.vault_notes order by updated_at desc limit 1',
    );
    await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      await fetch('/trpc/vault.rotate', { method: 'POST', headers, body: '{"json":{}}' });
    });
    // Making a note finds out.
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Second', 'x');
    await save(page);
    await page.getByText('Your vault has a new key.').waitFor();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await expect
      .poll(async () => {
        const rows = await server.query(
          'select title from auth.vault_notes where updated_at = $1',
          [before?.['updated_at']],
        );
        return rows.map((row) => String(row['title']).slice(0, 8));
      })
      .toEqual(['enc:2:2.']);
    await save(page);
    await page.getByText('“Second” is saved.').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe(TEXT);
  });
});
