import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { describeLooks, expectAccessible } from './support/accessibility.ts';
import { inventPerson, openSecurity } from './support/person.ts';
import { openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';
import {
  card,
  codeField,
  confirmCode,
  openVault,
  readNewCode,
  unlockedNotice,
} from './support/vault-steps.ts';
import { addAuthenticator } from './support/virtual-authenticator.ts';

useServer();

describeLooks((look, lookName) => {
  let page: Page;
  let code = '';

  beforeAll(async () => {
    page = await openSignedIn(inventPerson(`Anna${lookName.replace(' ', '')}`), look);
    return () => page.context().close();
  });

  test('a vault is accessible, before and after it is created', async () => {
    await openVault(page);
    const make = page.getByRole('button', { name: 'Create my vault' });
    await make.waitFor();
    await expectAccessible(page);
    const tops = await page
      .getByRole('navigation')
      .getByRole('link')
      .evaluateAll((links) => links.map((link) => link.getBoundingClientRect().top));
    expect(new Set(tops).size).toBe(1);
    server.freezeDatabase();
    try {
      await make.click();
      await page.getByText('This one is on us').waitFor(PATIENCE);
      await expectAccessible(page);
    } finally {
      server.thawDatabase();
    }
    await unlockedNotice(page).waitFor(PATIENCE);
    await card(page, 'Vault activity').getByText('Vault created').waitFor();
    await expectAccessible(page);
  });

  test('a recovery code is accessible, mistyped and confirmed', async () => {
    await card(page, 'Recovery code')
      .getByRole('button', { name: 'Create a recovery code' })
      .click();
    code = await readNewCode(page);
    await confirmCode(page, code.slice(3));
    await page.getByText('It has 57 characters').waitFor();
    await expectAccessible(page);
    await confirmCode(page, code);
    await page.getByText('Your new recovery code is active').waitFor();
    await expectAccessible(page);
    await card(page, 'Recovery code').getByRole('button', { name: 'Remove' }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  test('replacing the key is accessible', async () => {
    const rotation = card(page, 'Replace the key');
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByText('Tick the box to continue.').waitFor();
    await expectAccessible(page);
    await rotation.getByRole('checkbox').check();
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByText('Your vault has a new key').waitFor();
    // The page may be left again, and shows it.
    await page.getByRole('button', { name: 'Lock now', disabled: false }).waitFor();
    await expectAccessible(page);
    await rotation.getByRole('button', { name: 'Not now' }).click();
  });

  test('zero knowledge is accessible, turned on, locked, and turned off', async () => {
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
    await zeroKnowledge.getByText('If you lose the code').waitFor();
    await expectAccessible(page);
    await zeroKnowledge.getByRole('button', { name: 'Continue to the code' }).click();
    code = await readNewCode(page);
    await expectAccessible(page);
    await confirmCode(page, code);
    await zeroKnowledge.getByText('Zero knowledge is on').waitFor();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await codeField(page).fill('0123456789abcdef'.repeat(4));
    await page.keyboard.press('Enter');
    await page.getByText("This code doesn't open the vault").waitFor();
    await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
    await expectAccessible(page);
    await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).click();
    await expectAccessible(page);
  });

  test('unlocking with a passkey is accessible', async () => {
    const key = await addAuthenticator(page, { hasPrf: true });
    await openSecurity(page);
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('was added').waitFor();
    await page.getByRole('link', { name: 'Vault' }).click();
    const passkeys = card(page, 'Unlock with a passkey');
    await passkeys.getByRole('button', { name: 'Turn on' }).click();
    await expectAccessible(page);
    await passkeys.getByLabel('Your recovery code').fill(code);
    await page.keyboard.press('Enter');
    await passkeys.getByText('unlocks your vault').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Unlock with a passkey' }).waitFor();
    await expectAccessible(page);
    await key.remove();
  });
});
