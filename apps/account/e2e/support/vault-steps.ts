import type { Locator, Page } from 'playwright-core';
import type { Person } from './person.ts';

/** Opens the page of the vault, of somebody who is signed in. */
export async function openVault(page: Page): Promise<void> {
  await page.goto('/vault');
  await page.getByRole('heading', { name: 'Vault', exact: true }).waitFor();
}

/** Makes the vault of somebody who has none; it stands open then. */
export async function makeVault(page: Page): Promise<void> {
  await openVault(page);
  await page.getByRole('button', { name: 'Create my vault' }).click();
  await unlockedNote(page).waitFor();
}

export function unlockedNote(page: Page): Locator {
  return page.getByText('Unlocked', { exact: true });
}

/** Where the code is typed that unlocks. */
export function codeField(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Recovery code', exact: true });
}

export function card(page: Page, name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** The code that a card shows, as it is copied. */
export async function readNewCode(page: Page): Promise<string> {
  await page.getByRole('heading', { name: 'Your new recovery code' }).waitFor();
  return (await page.locator('.recovery-code .code span').allTextContents()).join('-');
}

export async function typeBack(page: Page, code: string): Promise<void> {
  await page.getByLabel('Enter the code to confirm it').fill(code);
  await page.keyboard.press('Enter');
}

/** Answers the dialog that asks whether it is still them. */
export async function prove(page: Page, { password }: Person): Promise<void> {
  await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

/** Makes a recovery code, or the next, and lets it count. */
export async function makeCode(page: Page): Promise<string> {
  await card(page, 'Recovery code')
    .getByRole('button', { name: /^(Create a recovery code|Replace it)$/ })
    .click();
  const code = await readNewCode(page);
  await typeBack(page, code);
  await page.getByText('Your new recovery code is active').waitFor();
  return code;
}

/** Turns zero knowledge on with a code that is made for it. Proves who asks, where a sign-in is older. */
export async function turnOnZeroKnowledge(page: Page, person?: Person): Promise<string> {
  const zeroKnowledge = card(page, 'Zero knowledge');
  await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
  await zeroKnowledge.getByRole('button', { name: 'Continue to the code' }).click();
  const code = await readNewCode(page);
  await typeBack(page, code);
  if (person) await prove(page, person);
  await zeroKnowledge.getByText('Zero knowledge is on').waitFor();
  return code;
}
