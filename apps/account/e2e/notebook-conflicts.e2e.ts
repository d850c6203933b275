import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  entry,
  fillNote,
  openTab,
  reopen,
  save,
  text,
  writeNote,
} from './support/notebook-steps.ts';
import { page, server, useNewNotebook, useServer } from './support/set-up.ts';

const TEXT = 'The spare key hangs behind the barometer';

useServer();
useNewNotebook();

describe('a note that was changed in another tab first', () => {
  beforeEach(() => writeNote(page, 'Shared', 'start'));

  async function meetConflict(): Promise<Page> {
    const tab = await openTab(page);
    await entry(page, 'Shared').click();
    await entry(tab, 'Shared').click();
    await text(tab).fill('of the tab');
    await save(tab);
    await tab.getByText('Saved “Shared”.').waitFor();
    await page.bringToFront();
    await text(page).fill('of the page');
    await save(page);
    await page.getByText('This note was changed elsewhere').waitFor();
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

  test('can be kept in both versions', async () => {
    await meetConflict();
    await page.getByRole('button', { name: 'Keep both' }).click();
    await page.getByText('Saved “Shared”.').waitFor();
    expect(await readAll()).toEqual(['of the page', 'of the tab']);
  });

  test('can be replaced deliberately', async () => {
    await meetConflict();
    await page.getByRole('button', { name: 'Save mine instead' }).click();
    await page.getByText('Saved “Shared”.').waitFor();
    expect(await readAll()).toEqual(['of the page']);
  });

  test('can be continued', async () => {
    await meetConflict();
    await page.getByRole('button', { name: 'Use the other one' }).click();
    expect(await text(page).inputValue()).toBe('of the tab');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await readAll()).toEqual(['of the tab']);
  });

  test('or deleted, can be saved as a new one', async () => {
    const tab = await openTab(page);
    await entry(page, 'Shared').click();
    await text(page).fill('of the page');
    await entry(tab, 'Shared').click();
    await tab.getByRole('button', { name: 'Delete this note' }).click();
    await tab.getByRole('button', { name: 'Delete it' }).click();
    await tab.getByText('There are no notes yet.').waitFor();
    await save(page);
    await page.getByText('This note was deleted elsewhere').waitFor();
    await save(page);
    await page.getByText('Saved “Shared”.').waitFor();
    expect(await readAll()).toEqual(['of the page']);
  });
});

describe('a new key', () => {
  test('from another device locks here, keeps what is typed, and is used for the notes', async () => {
    await writeNote(page, 'Keys', TEXT);
    await entry(page, 'Keys').click();
    await text(page).fill('unsaved');
    // As their other device would.
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
    await page.getByText('Saved “Keys”.').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe('unsaved');
  });

  test('re-encrypts the notes that this tab can still read, and none counts as changed', async () => {
    await writeNote(page, 'Keys', TEXT);
    const [before] = await server.query(
      'select updated_at from auth.vault_notes order by updated_at desc limit 1',
    );
    await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      await fetch('/trpc/vault.rotate', { method: 'POST', headers, body: '{"json":{}}' });
    });
    // Saving a note reveals it.
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
    await page.getByText('Saved “Second”.').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe(TEXT);
  });
});
