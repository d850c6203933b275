import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { entry, fillNote, openNewNotebook, reopen, writeNote } from './notebook-steps.ts';
import { fillSignIn, inventPerson } from './person.ts';
import { type RunningServer, startServer } from './running-server.ts';

/** More than a statement may take, and a countdown after it. */
const PATIENCE = { timeout: 30_000 };
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

/** Another tab of the same person, at the notebook and unlocked. */
async function openTab(): Promise<Page> {
  const tab = await page.context().newPage();
  await reopen(tab);
  return tab;
}

const save = (tab: Page) => tab.getByRole('button', { name: 'Save', exact: true }).click();
const title = (tab: Page) => tab.getByLabel('Title');
const text = (tab: Page) => tab.getByLabel('Text');

/** The tables of the database in whose rows a text stands, in any of the forms that it could have. */
async function findTables(needle: string): Promise<string[]> {
  const bytes = Buffer.from(needle);
  const forms = [
    needle,
    bytes.toString('hex'),
    // Wherever it stands in what is encoded: the characters that don't depend on what is around it.
    ...[0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString('base64')
        .slice(4, -4),
    ),
  ];
  const tables = await server.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await server.query(
      `select count(*)::int as n from ${name} as t where exists (
         select from unnest($1::text[]) as form where strpos(lower(t::text), lower(form)) > 0
       )`,
      [forms],
    );
    if (row?.['n'] !== 0) found.push(String(name));
  }
  return found;
}

describe('a note', () => {
  test('is written, read after a reload, changed and deleted', async () => {
    await writeNote(page, 'Keys', TEXT);
    await entry(page, 'Keys').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe(TEXT);

    await text(page).fill(`${TEXT}.\nNot any more.`);
    await save(page);
    await page.getByText('“Keys” is saved.').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe(`${TEXT}.\nNot any more.`);

    await page.getByRole('button', { name: 'Delete this note' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('There are no notes yet.').waitFor();
    await reopen(page);
    await page.getByText('There are no notes yet.').waitFor();
  });

  test('stands in the database as ciphertext, and nowhere in any other form', async () => {
    await writeNote(page, 'Barometer key', TEXT);
    // What the search would find, so that it is known to look.
    expect(await findTables(person.email)).toContain('auth.users');
    const [row] = await server.query(
      'select title, body from auth.vault_notes where user_id = $1',
      [
        (await server.query('select id from auth.users where email = $1', [person.email]))[0]?.[
          'id'
        ],
      ],
    );
    expect(row).toEqual({
      title: expect.stringMatching(/^enc:2:1\./),
      body: expect.stringMatching(/^enc:2:1\./),
    });
    expect(await findTables(String(row?.['body']))).toEqual(['auth.vault_notes']);
    for (const secret of [TEXT, 'Barometer key']) {
      expect(await findTables(secret)).toEqual([]);
      expect(server.readLog()).not.toContain(secret);
    }
  });

  test('wants a title, and no more than fits, and says so beside the field', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await save(page);
    await page.getByText('Give it a title.').waitFor();
    await fillNote(page, 'ü'.repeat(301), 'x'.repeat(36_001));
    await save(page);
    await page.getByText('That title is too long.').waitFor();
    await page.getByText('more than fits into one note').waitFor();
    await fillNote(page, 'ü'.repeat(300), 'x'.repeat(36_000));
    await save(page);
    await entry(page, 'ü'.repeat(300)).waitFor();
  });

  test('that was damaged in the database is shown as such, beside the others, and stays', async () => {
    await writeNote(page, 'Whole', 'still here');
    await writeNote(page, 'Damaged', TEXT);
    const damage = `
      update auth.vault_notes set body = overlay(body placing
        case substr(body, 40, 1) when 'A' then 'B' else 'A' end from 40 for 1)
      where ctid = (select ctid from auth.vault_notes order by updated_at desc limit 1)
      returning body`;
    const [damaged] = await server.query(damage);
    await reopen(page);
    await page.getByText("A note that doesn't open").waitFor();
    await entry(page, 'Whole').click();
    expect(await text(page).inputValue()).toBe('still here');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await findTables(String(damaged?.['body']))).toEqual(['auth.vault_notes']);
    await page.getByRole('button', { name: "Delete the note that doesn't open" }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('The note is deleted.').waitFor();
    expect(await page.getByText("A note that doesn't open").count()).toBe(0);
    await entry(page, 'Whole').waitFor();
  });

  test('that was moved to another note does not open there', async () => {
    await writeNote(page, 'One', 'first');
    await writeNote(page, 'Two', 'second');
    await server.query(`
      update auth.vault_notes as note set body = (
        select other.body from auth.vault_notes as other
        where other.user_id = note.user_id and other.id <> note.id
      ) where ctid = (select ctid from auth.vault_notes order by updated_at desc limit 1)`);
    await reopen(page);
    await page.getByText("A note that doesn't open").waitFor();
    await entry(page, 'One').waitFor();
  });
});

describe('a lock', () => {
  test('in another tab locks here, and what was typed stays and is saved after unlocking', async () => {
    await writeNote(page, 'Keys', TEXT);
    const tab = await openTab();
    await entry(page, 'Keys').click();
    await text(page).fill('half a sen');
    await tab.getByRole('button', { name: 'Lock now' }).click();
    await tab.getByText('Your vault is locked again').waitFor();
    await page.getByText('Your vault was locked while you were writing').waitFor();
    expect(await text(page).inputValue()).toBe('half a sen');
    expect(await entry(page, 'Keys').count()).toBe(0);

    await text(page).fill('half a sentence');
    await save(page);
    await page.getByText('The vault is locked. Unlock it first.').waitFor();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock now' }).waitFor();
    expect(await page.getByText('Unlock it first.').count()).toBe(0);
    await save(page);
    await page.getByText('“Keys” is saved.').waitFor();
  });

  test('takes from the page what is not being changed', async () => {
    await writeNote(page, 'Keys', TEXT);
    const tab = await openTab();
    await entry(page, 'Keys').click();
    await tab.getByRole('button', { name: 'Lock now' }).click();
    await page.getByText('Your vault is locked again').waitFor();
    expect(await page.locator('main').textContent()).not.toContain('Keys');
    expect(await page.locator('input[name=noteTitle], textarea').count()).toBe(0);
  });

  test('asks before it takes what is not saved', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByText("What you typed isn't saved, and goes when you lock.").waitFor();
    await page.getByRole('button', { name: 'Cancel' }).last().click();
    expect(await text(page).inputValue()).toBe('unsaved');
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Lock all the same' }).click();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    expect(await text(page).count()).toBe(0);
  });

  test('is not there after a reload on a device that stays unlocked, until it is locked', async () => {
    await writeNote(page, 'Keys', TEXT);
    await page.getByLabel('Stay unlocked on this device').click();
    await page.getByText('It stays open on this device').waitFor();
    await page.reload();
    await entry(page, 'Keys').waitFor();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    await page.reload();
    await page.getByText('Unlock it to read and write.').waitFor();
  });
});

describe('what is typed', () => {
  test('outlives an outage during the save, which goes through by itself, once', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Outage', TEXT);
    server.freezeDatabase();
    await save(page);
    await page.getByRole('status').getByText('This one is on us').waitFor(PATIENCE);
    await page.getByText('What you typed stays here').waitFor();
    expect(await text(page).inputValue()).toBe(TEXT);
    server.thawDatabase();
    await page.getByText('“Outage” is saved.').waitFor(PATIENCE);
    await reopen(page);
    expect(await entry(page, 'Outage').count()).toBe(1);
  });

  test('is saved once where only the answer is lost, and with what was typed since', async () => {
    let lost = 0;
    await page.route('**/trpc/notes.create**', async (route) => {
      if (lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      await route.abort();
    });
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Lost', 'first');
    await save(page);
    await page.getByText('This one is on us').waitFor(PATIENCE);
    await text(page).fill('second');
    await save(page);
    await page.getByText('“Lost” is saved.').waitFor();
    await reopen(page);
    await entry(page, 'Lost').click();
    expect(await text(page).inputValue()).toBe('second');
  });

  test('outlives another page, and the end of the session', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByRole('link', { name: 'Notebook' }).click();
    expect(await text(page).inputValue()).toBe('unsaved');
    await server.query('update auth.sessions set revoked_at = now()');
    await save(page);
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await fillSignIn(page, person);
    await page.keyboard.press('Enter');
    await page.getByText('Your vault was locked while you were writing').waitFor();
    expect(await text(page).inputValue()).toBe('unsaved');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock now' }).waitFor();
    await save(page);
    await page.getByText('“Draft” is saved.').waitFor();
  });

  test('is thrown away only by who says so', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText("What you typed isn't saved.").waitFor();
    await page.getByRole('button', { name: 'Cancel' }).last().click();
    expect(await title(page).inputValue()).toBe('Draft');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Throw it away' }).click();
    await page.getByText('There are no notes yet.').waitFor();
  });
});

describe('a note that was changed in another tab first', () => {
  beforeEach(() => writeNote(page, 'Shared', 'start'));

  async function meetConflict(): Promise<Page> {
    const tab = await openTab();
    await entry(page, 'Shared').click();
    await entry(tab, 'Shared').click();
    await text(tab).fill('of the tab');
    await save(tab);
    await tab.getByText('“Shared” is saved.').waitFor();
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
    const tab = await openTab();
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
