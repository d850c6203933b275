import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, test } from 'vitest';
import { describeLooks, expectAccessible } from './support/accessibility.ts';
import {
  entry,
  fillNote,
  goZeroKnowledge,
  openNewNotebook,
  reopen,
  unlock,
  writeNote,
} from './support/notebook-steps.ts';
import { inventPerson } from './support/person.ts';
import { browser, openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';

const LONG = 'Wolkenstein'.repeat(12);
const anna = inventPerson('Anna');
/** Has no vault yet. */
const berta = inventPerson('Berta');
/** Whose vault opens with the recovery code alone. */
const carla = inventPerson('Carla');

let annasCookies: Awaited<ReturnType<BrowserContext['storageState']>>;
let bertasCookies: typeof annasCookies;
let carlasCookies: typeof annasCookies;

useServer();

beforeAll(async () => {
  const annas = await (await browser.newContext({ baseURL: server.url })).newPage();
  await openNewNotebook(server, annas, anna);
  await writeNote(annas, 'Damaged', 'x');
  await server.query(
    "update auth.vault_notes set body = 'enc:2:1.' || repeat('A', 16) || '.' || repeat('A', 40)",
  );
  await writeNote(annas, LONG, `${LONG}\nand more`);
  await writeNote(annas, 'Keys', 'The spare key hangs behind the barometer.');
  annasCookies = await annas.context().storageState();
  const bertas = await openSignedIn(berta);
  bertasCookies = await bertas.context().storageState();
  const carlas = await openSignedIn(carla);
  await goZeroKnowledge(server, carla);
  carlasCookies = await carlas.context().storageState();
  await Promise.all([annas, bertas, carlas].map((page) => page.context().close()));
});

describeLooks((look, lookName) => {
  let page: Page;
  const openAs = async (storageState: typeof annasCookies) =>
    (await browser.newContext({ ...look, baseURL: server.url, storageState })).newPage();

  beforeAll(async () => {
    page = await openAs(annasCookies);
    return () => page.context().close();
  });

  test('a notebook without a vault is accessible', async () => {
    const bertas = await openAs(bertasCookies);
    await bertas.goto('/notebook');
    await bertas.getByRole('button', { name: 'Create my vault' }).waitFor();
    await expectAccessible(bertas);
    await bertas.context().close();
  });

  test('a locked notebook and its notes are accessible, short, long and damaged', async () => {
    await page.goto('/notebook');
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    await expectAccessible(page);
    await unlock(page);
    await entry(page, 'Keys').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: "Delete the note that can't be opened" }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  test('a note being written is accessible, with problems and questions', async () => {
    await entry(page, LONG).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Delete this note' }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel' }).last().click();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, '', 'x'.repeat(40_000));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Give it a title.').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Lock anyway' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel' }).last().click();
  });

  test('a save in an outage is accessible, and a draft during a lock', async () => {
    await fillNote(page, 'Outage', 'typed');
    server.freezeDatabase();
    try {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('This one is on us').waitFor(PATIENCE);
      await page.getByLabel('Text').press('End');
      await expectAccessible(page);
    } finally {
      server.thawDatabase();
    }
    await page.getByLabel('Text').fill('typed more');
    const tab = await page.context().newPage();
    await reopen(tab);
    await tab.getByRole('button', { name: 'Lock now' }).click();
    await page.getByText('Your vault was locked while you were writing').waitFor();
    await expectAccessible(page);
    await tab.close();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Discard it' }).click();
  });

  test('a note that was changed elsewhere is accessible', async () => {
    const tab = await page.context().newPage();
    await reopen(tab);
    await entry(tab, 'Keys').click();
    await entry(page, 'Keys').click();
    await tab.getByLabel('Text').fill(`Behind the door.\n\n${LONG} ${lookName}`);
    await tab.getByRole('button', { name: 'Save', exact: true }).click();
    await tab.getByText('Saved “Keys”.').waitFor();
    await page.getByLabel('Text').fill('of the page');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('This note was changed elsewhere').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Use the other one' }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    await tab.close();
  });

  test('the field for a recovery code is accessible, with a typing error in it', async () => {
    const carlas = await openAs(carlasCookies);
    await carlas.goto('/notebook');
    await carlas.getByRole('button', { name: 'Unlock' }).click();
    await carlas.getByLabel('Recovery code').fill('M1C1G-P4RV4');
    await carlas.getByRole('button', { name: 'Unlock' }).click();
    await carlas.getByText("That isn't a valid recovery code.").waitFor();
    await expectAccessible(carlas);
    await carlas.context().close();
  });
});
