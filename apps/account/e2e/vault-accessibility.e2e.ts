import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAccessible } from './support/accessibility.ts';
import { openBrowser } from './support/browser.ts';
import { inventPerson, join, openSecurity, signIn } from './support/person.ts';
import { type RunningServer, startServer } from './support/running-server.ts';
import {
  card,
  codeField,
  openVault,
  readNewCode,
  typeBack,
  unlockedNote,
} from './support/vault-steps.ts';
import { addAuthenticator } from './support/virtual-authenticator.ts';

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  // A database that hangs is noticed soon.
  server = await startServer({ DATABASE_TIMEOUT_MS: '2000' });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  describe.each([360, 1280])('%i wide', (width) => {
    let page: Page;
    let code = '';

    beforeAll(async () => {
      page = await browser.newPage({
        baseURL: server.url,
        colorScheme,
        viewport: { width, height: 740 },
        reducedMotion: 'reduce',
        bypassCSP: true,
      });
      const person = inventPerson(`Anna${colorScheme}${width}`);
      await join(server, page, person);
      await signIn(page, person);
      return () => page.context().close();
    });

    test('nobody is kept from a vault that is to be made, and one that was', async () => {
      await openVault(page);
      const make = page.getByRole('button', { name: 'Make my vault' });
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
        await page.getByText('This one is on us').waitFor({ timeout: 30_000 });
        await expectAccessible(page);
      } finally {
        server.thawDatabase();
      }
      await unlockedNote(page).waitFor({ timeout: 30_000 });
      await card(page, 'What was done with it').getByText('Vault made').waitFor();
      await expectAccessible(page);
    });

    test('from a recovery code, mistyped and typed back', async () => {
      await card(page, 'Recovery code')
        .getByRole('button', { name: 'Make a recovery code' })
        .click();
      code = await readNewCode(page);
      await typeBack(page, code.slice(3));
      await page.getByText('It has 57 characters').waitFor();
      await expectAccessible(page);
      await typeBack(page, code);
      await page.getByText('Your new recovery code counts').waitFor();
      await expectAccessible(page);
      await card(page, 'Recovery code').getByRole('button', { name: 'Remove' }).click();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Cancel' }).click();
    });

    test('from another key, and what it costs', async () => {
      const rotation = card(page, 'Replace the key');
      await rotation.getByRole('button', { name: 'Replace the key' }).click();
      await rotation.getByRole('button', { name: 'Replace the key' }).click();
      await rotation.getByText('Tick the box to go on.').waitFor();
      await expectAccessible(page);
      await rotation.getByRole('checkbox').check();
      await rotation.getByRole('button', { name: 'Replace the key' }).click();
      await rotation.getByText('Your vault has a new key').waitFor();
      // The page may be left again, and is drawn so.
      await page.getByRole('button', { name: 'Lock now', disabled: false }).waitFor();
      await expectAccessible(page);
      await rotation.getByRole('button', { name: 'Not now' }).click();
    });

    test('from zero knowledge, turned on, locked, and turned off', async () => {
      const zeroKnowledge = card(page, 'Zero knowledge');
      await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
      await zeroKnowledge.getByText('Lose the code').waitFor();
      await expectAccessible(page);
      await zeroKnowledge.getByRole('button', { name: 'Go on to the code' }).click();
      code = await readNewCode(page);
      await expectAccessible(page);
      await typeBack(page, code);
      await zeroKnowledge.getByText('It is on').waitFor();
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

    test('from passkeys that unlock it, and from unlocking with one', async () => {
      const key = await addAuthenticator(page, { hasPrf: true });
      await openSecurity(page);
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText('is added').waitFor();
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
});
