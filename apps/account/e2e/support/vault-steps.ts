import type { Locator, Page } from 'playwright-core';
import type { Person } from './person.ts';

/** Opens the vault page of somebody who is signed in. */
export async function openVault(page: Page): Promise<void> {
  await page.goto('/vault');
  await page.getByRole('heading', { name: 'Vault', exact: true }).waitFor();
}

/** Creates the vault of somebody who has none; it is open then. */
export async function createVault(page: Page): Promise<void> {
  await openVault(page);
  await page.getByRole('button', { name: 'Create my vault' }).click();
  await unlockedNotice(page).waitFor();
}

/** Shown while the vault is open. */
export function unlockedNotice(page: Page): Locator {
  return page.getByText('Unlocked', { exact: true });
}

/** The field for the code that unlocks. */
export function codeField(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Recovery code', exact: true });
}

/** A card of the page, by its heading. */
export function card(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** The code that a card shows, as it would be copied. */
export async function readNewCode(page: Page): Promise<string> {
  await page.getByRole('heading', { name: 'Your new recovery code' }).waitFor();
  return (await page.locator('.recovery-code .code span').allTextContents()).join('-');
}

/** Types a new code and sends it, to confirm it. */
export async function confirmCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Enter the code to confirm it').fill(code);
  await page.keyboard.press('Enter');
}

/** Reauthenticates in the dialog. */
export async function reauthenticate(page: Page, { password }: Person): Promise<void> {
  await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

/** Creates a recovery code, the first or the next, and confirms it. */
export async function createCode(page: Page): Promise<string> {
  await card(page, 'Recovery code')
    .getByRole('button', { name: /^(Create a recovery code|Replace it)$/ })
    .click();
  const code = await readNewCode(page);
  await confirmCode(page, code);
  await page.getByText('Your new recovery code is active').waitFor();
  return code;
}

/** Turns zero knowledge on with a code created for it. Reauthenticates as `person`, if the sign-in is older. */
export async function turnOnZeroKnowledge(page: Page, person?: Person): Promise<string> {
  const zeroKnowledge = card(page, 'Zero knowledge');
  await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
  await zeroKnowledge.getByRole('button', { name: 'Continue to the code' }).click();
  const code = await readNewCode(page);
  await confirmCode(page, code);
  if (person) await reauthenticate(page, person);
  await zeroKnowledge.getByText('Zero knowledge is on').waitFor();
  return code;
}
