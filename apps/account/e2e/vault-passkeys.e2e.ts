import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { isFocused, loseNextAnswer } from './support/browser.ts';
import { inventPerson, openSecurity } from './support/person.ts';
import { openSignedIn, server, useServer } from './support/set-up.ts';
import {
  card,
  codeField,
  confirmCode,
  createCode,
  createVault,
  openVault,
  readNewCode,
  reauthenticate,
  turnOnZeroKnowledge,
  unlockedNotice,
} from './support/vault-steps.ts';
import { addAuthenticator, type VirtualAuthenticator } from './support/virtual-authenticator.ts';

const anna = inventPerson('Anna');
let page: Page;
let key: VirtualAuthenticator;
let code = '';

useServer();

beforeAll(async () => {
  page = await openSignedIn(anna);
  await createVault(page);
});

function passkeys() {
  return card(page, 'Unlock with a passkey');
}

async function addPasskey(): Promise<void> {
  await openSecurity(page);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('was added').waitFor();
  await page.getByRole('link', { name: 'Vault' }).click();
}

test('somebody without a passkey is told where to add one', async () => {
  await passkeys().getByText("You don't have any passkeys yet.").waitFor();
  await passkeys().getByRole('link', { name: 'Add one under Security' }).click();
  await page.getByRole('heading', { name: 'Security', exact: true }).waitFor();
});

test('a passkey without PRF is refused with an explanation, and still signs in', async () => {
  const plain = await addAuthenticator(page);
  await addPasskey();
  await passkeys().getByRole('button', { name: 'Turn on' }).click();
  await passkeys().getByText("can't unlock a vault in this browser").waitFor();
  await openSecurity(page);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('button', { name: 'Remove it' }).click();
  await page.getByText("You don't have any yet.").waitFor();
  await plain.remove();
});

test('one with PRF is turned on, after the password if the sign-in is older', async () => {
  key = await addAuthenticator(page, { hasPrf: true });
  await addPasskey();
  await server.passMinutes(11);
  await passkeys().getByRole('button', { name: 'Turn on' }).click();
  await reauthenticate(page, anna);
  await passkeys().getByText('unlocks your vault').waitFor();
  const button = passkeys().getByRole('button', { name: 'Turn off' });
  await expect.poll(() => isFocused(button)).toBe(true);
  await card(page, 'Vault activity').getByText('Unlocking with a passkey turned on').waitFor();
  expect(await server.readSubjects(anna.email)).toContain('A passkey now opens your vault');
});

test('is not offered if signing in alone opens the vault', async () => {
  const unlock = page.getByRole('button', { name: 'Unlock', exact: true });
  // By then all requests are done, so nothing appears late.
  await page.reload({ waitUntil: 'networkidle' });
  expect(await page.getByRole('button', { name: 'Unlock with a passkey' }).count()).toBe(0);
  await unlock.click();
  await unlockedNotice(page).waitFor();
});

test('opens the vault in zero-knowledge mode', async () => {
  await card(page, 'Zero knowledge').getByRole('button', { name: 'Turn on' }).click();
  await card(page, 'Zero knowledge').getByText('or a passkey that unlocks it').first().waitFor();
  await card(page, 'Zero knowledge').getByRole('button', { name: 'Cancel' }).click();
  code = await turnOnZeroKnowledge(page);
  await page.reload();
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await unlockedNotice(page).waitFor();
});

test('opens a notebook as well, and keeps the focus on the page', async () => {
  await page.getByRole('button', { name: 'Lock now' }).click();
  await page.getByRole('link', { name: 'Notebook' }).click();
  await page.getByRole('button', { name: 'Unlock with a passkey' }).click();
  await page.getByText('There are no notes yet.').waitFor();
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(false);
  await page.getByRole('link', { name: 'Vault' }).click();
});

test('in zero-knowledge mode is turned on again only with the recovery code', async () => {
  await passkeys().getByRole('button', { name: 'Turn off' }).click();
  await passkeys().getByRole('button', { name: 'Turn on' }).click();
  const field = passkeys().getByLabel('Your recovery code');
  await field.fill(code.slice(2));
  await page.keyboard.press('Enter');
  await passkeys().getByText('It has 58 characters').waitFor();
  await field.fill(code);
  await page.keyboard.press('Enter');
  await passkeys().getByText('unlocks your vault').waitFor();
});

test('replaces a lost code: another is created, and zero knowledge turned off', async () => {
  const recovery = card(page, 'Recovery code');
  await recovery.getByRole('button', { name: 'Replace it' }).click();
  await recovery.getByRole('button', { name: 'Use a passkey' }).click();
  await confirmCode(page, await readNewCode(page));
  await page.getByText('Your new recovery code is active').waitFor();
  const zeroKnowledge = card(page, 'Zero knowledge');
  await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
  await zeroKnowledge.getByRole('button', { name: 'Use a passkey' }).click();
  await zeroKnowledge.getByText('Zero knowledge is off').waitFor();
});

test('stops working with the key, and is set up again for the next', async () => {
  const rotation = card(page, 'Replace the key');
  await rotation.getByRole('button', { name: 'Replace the key' }).click();
  await rotation.getByRole('checkbox').check();
  await rotation.getByRole('button', { name: 'Replace the key' }).click();
  await rotation.getByText('Your vault has a new key').waitFor();
  await passkeys().getByRole('button', { name: 'Turn on' }).click();
  await passkeys().getByText('unlocks your vault').waitFor();
  await createCode(page);
  await openVault(page);
  await passkeys().getByText('unlocks your vault').waitFor();
});

test('is turned on and off if the answer is lost, and the page finds out by itself', async () => {
  await loseNextAnswer(page, 'vault.clearPasskeyWrap');
  await passkeys().getByRole('button', { name: 'Turn off' }).click();
  const turnOn = passkeys().getByRole('button', { name: 'Turn on' });
  await turnOn.waitFor();
  await loseNextAnswer(page, 'vault.setPasskeyWrap');
  await turnOn.click();
  await passkeys().getByText('unlocks your vault').waitFor();
  expect(await passkeys().locator('.notice').count()).toBe(0);
});

test('opens nothing, and says nothing, if the prompt is closed', async () => {
  await turnOnZeroKnowledge(page);
  await page.reload();
  const unlock = page.getByRole('button', { name: 'Unlock with a passkey' });
  await key.setUserVerified(false);
  await unlock.click();
  await expect.poll(() => unlock.getAttribute('aria-disabled')).toBe('false');
  expect(await unlockedNotice(page).count()).toBe(0);
  expect(await page.locator('.notice').allInnerTexts()).toHaveLength(1);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await codeField(page).waitFor();
  await unlock.waitFor();
});

test('says under Security, before it is removed, that it also unlocks the vault', async () => {
  await openSecurity(page);
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByText('or unlock your vault').waitFor();
  await page.getByRole('button', { name: 'Remove it' }).click();
  await page.getByText("You don't have any yet.").waitFor();
  await openVault(page);
  await passkeys().getByText("You don't have any passkeys yet.").waitFor();
});
