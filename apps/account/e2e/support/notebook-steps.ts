import { createAuthClient } from '@mana/shared-auth';
import type { Page } from 'playwright-core';
import { join, type Person, signIn } from './person.ts';
import type { RunningServer } from './running-server.ts';

/** Signs up, signs in, and creates a vault on the way to an empty notebook. */
export async function openNewNotebook(
  server: RunningServer,
  page: Page,
  person: Person,
): Promise<void> {
  await join(server, page, person);
  await signIn(page, person);
  await page.getByRole('link', { name: 'Notebook' }).click();
  await page.getByRole('button', { name: 'Create my vault' }).click();
  await page.getByText('There are no notes yet.').waitFor();
}

/** Writes a new note and saves it. */
export async function writeNote(page: Page, title: string, body: string): Promise<void> {
  await page.getByRole('button', { name: 'New note' }).click();
  await fillNote(page, title, body);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(`Saved “${title}”.`).waitFor();
}

/** Types into the note that is open, without saving it. */
export async function fillNote(page: Page, title: string, body: string): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Text').fill(body);
}

/** Reloads the notebook, which locks it, and unlocks it. */
export async function reopen(page: Page): Promise<void> {
  await page.goto('/notebook');
  await unlock(page);
}

/** Unlocks the notebook and waits for its notes. */
export async function unlock(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.locator('[aria-busy=false]').getByRole('button', { name: 'New note' }).waitFor();
}

/** The list item that opens a note. */
export function entry(page: Page, title: string) {
  return page.getByRole('listitem').getByRole('button', { name: title });
}

/** Another tab of the same person, with the notebook unlocked. */
export async function openTab(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await reopen(tab);
  return tab;
}

/** Presses "Save". */
export const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();
/** The field for the title of the note that is open. */
export const title = (page: Page) => page.getByLabel('Title');
/** The field for the text of the note that is open. */
export const text = (page: Page) => page.getByLabel('Text');

/** Creates a vault if there is none, and turns on zero knowledge, on another device. Returns the code. */
export async function goZeroKnowledge({ url }: RunningServer, person: Person): Promise<string> {
  const device = createAuthClient({ url });
  await device.login(person);
  await device.vault.init();
  const code = await device.vault.setupRecoveryCode();
  if (!code.success) throw new Error(code.error);
  const enabled = await device.vault.enableZeroKnowledge(code.data);
  if (!enabled.success) throw new Error(enabled.error);
  return code.data.recoveryCode;
}
