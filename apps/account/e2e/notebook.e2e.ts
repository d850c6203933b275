import { describe, expect, test } from 'vitest';
import { entry, fillNote, reopen, save, text, writeNote } from './support/notebook-steps.ts';
import { page, person, server, useNewNotebook, useServer } from './support/set-up.ts';

const TEXT = 'The spare key hangs behind the barometer';

useServer();
useNewNotebook();

/** The tables of the database that contain a text, in any form that it could have. */
async function findTables(needle: string): Promise<string[]> {
  const bytes = Buffer.from(needle);
  const forms = [
    needle,
    bytes.toString('hex'),
    // At any offset in what is encoded: the characters that don't depend on what is around it.
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
    await page.getByText('Saved “Keys”.').waitFor();
    await reopen(page);
    await entry(page, 'Keys').click();
    expect(await text(page).inputValue()).toBe(`${TEXT}.\nNot any more.`);

    await page.getByRole('button', { name: 'Delete this note' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('There are no notes yet.').waitFor();
    await reopen(page);
    await page.getByText('There are no notes yet.').waitFor();
  });

  test('that is saved while the list is being fetched stays in the list', async () => {
    await writeNote(page, 'Keys', TEXT);
    const held = Promise.withResolvers<void>();
    await page.route(
      '**/trpc/notes.list',
      async (route) => {
        const response = await route.fetch();
        await held.promise;
        await route.fulfill({ response });
      },
      { times: 1 },
    );
    const asked = page.waitForRequest('**/trpc/notes.list');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await asked;
    await writeNote(page, 'Second', 'x');
    const again = page.waitForResponse('**/trpc/notes.list');
    held.resolve();
    await again;
    await entry(page, 'Keys').waitFor();
    await page.waitForTimeout(300);
    expect(await entry(page, 'Second').count()).toBe(1);
  });

  test('is in the database as ciphertext, and nowhere in any other form', async () => {
    await writeNote(page, 'Barometer key', TEXT);
    // Something that the search must find, so that it is known to work.
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

  test('needs a title and has a maximum length, and says so beside the field', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await save(page);
    await page.getByText('Give it a title.').waitFor();
    await fillNote(page, 'ü'.repeat(301), 'x'.repeat(36_001));
    await save(page);
    await page.getByText('That title is too long.').waitFor();
    await page.getByText('too long for one note').waitFor();
    await fillNote(page, 'ü'.repeat(300), 'x'.repeat(36_000));
    await save(page);
    await entry(page, 'ü'.repeat(300)).waitFor();
  });

  test('that was damaged in the database is shown as such, beside the others, and stays as it is', async () => {
    await writeNote(page, 'Whole', 'still here');
    await writeNote(page, 'Damaged', TEXT);
    const damage = `
      update auth.vault_notes set body = overlay(body placing
        case substr(body, 40, 1) when 'A' then 'B' else 'A' end from 40 for 1)
      where ctid = (select ctid from auth.vault_notes order by updated_at desc limit 1)
      returning body`;
    const [damaged] = await server.query(damage);
    await reopen(page);
    await page.getByText("A note that can't be opened").waitFor();
    await entry(page, 'Whole').click();
    expect(await text(page).inputValue()).toBe('still here');
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await findTables(String(damaged?.['body']))).toEqual(['auth.vault_notes']);
    await page.getByRole('button', { name: "Delete the note that can't be opened" }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await page.getByText('Note deleted.').waitFor();
    expect(await page.getByText("A note that can't be opened").count()).toBe(0);
    await entry(page, 'Whole').waitFor();
  });

  test('whose text was moved to another note does not open there', async () => {
    await writeNote(page, 'One', 'first');
    await writeNote(page, 'Two', 'second');
    await server.query(`
      update auth.vault_notes as note set body = (
        select other.body from auth.vault_notes as other
        where other.user_id = note.user_id and other.id <> note.id
      ) where ctid = (select ctid from auth.vault_notes order by updated_at desc limit 1)`);
    await reopen(page);
    await page.getByText("A note that can't be opened").waitFor();
    await entry(page, 'One').waitFor();
  });
});
