import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { isFocused, loseNextAnswer } from './support/browser.ts';
import { inventPerson, signIn } from './support/person.ts';
import { browser, openSignedIn, PATIENCE, server, useServer } from './support/set-up.ts';
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

const anna = inventPerson('Anna');

let context: BrowserContext;
let page: Page;
let code = '';

useServer();

beforeAll(async () => {
  page = await openSignedIn(anna);
  context = page.context();
});

/** Does the work while the database hangs, checks the page, and lets the database continue. */
async function duringOutage(work: () => Promise<void>, look?: () => Promise<void>): Promise<void> {
  server.freezeDatabase();
  try {
    await work();
    await page.getByRole('status').getByText('This one is on us').first().waitFor(PATIENCE);
    await look?.();
  } finally {
    server.thawDatabase();
  }
}

describe('an outage', () => {
  test('while a vault is created: a calm notice, and it continues by itself', async () => {
    await openVault(page);
    const make = page.getByRole('button', { name: 'Create my vault' });
    await make.waitFor();
    await duringOutage(() => make.click());
    await unlockedNotice(page).waitFor(PATIENCE);
  });

  test('while a code is confirmed: the code and the typing stay, and it becomes active', async () => {
    await card(page, 'Recovery code')
      .getByRole('button', { name: 'Create a recovery code' })
      .click();
    code = await readNewCode(page);
    await duringOutage(
      () => confirmCode(page, code),
      async () => {
        expect(await readNewCode(page)).toBe(code);
        expect(await page.getByLabel('Enter the code to confirm it').inputValue()).toBe(code);
        expect(
          await page.getByLabel('Enter the code to confirm it').getAttribute('aria-invalid'),
        ).toBe(null);
      },
    );
    await page.getByText('Your new recovery code is active').waitFor(PATIENCE);
  });

  test('while a code is replaced, whose answer is lost: the next try finds it active', async () => {
    await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).click();
    code = await readNewCode(page);
    await loseNextAnswer(page, 'vault.setRecoveryWrap');
    await confirmCode(page, code);
    await page.getByText('Your new recovery code is active').waitFor(PATIENCE);
  });

  test('while a code is removed, whose answer is lost: it is gone, and nothing else is said', async () => {
    const recovery = card(page, 'Recovery code');
    await recovery.getByRole('button', { name: 'Remove' }).click();
    await loseNextAnswer(page, 'vault.clearRecoveryWrap');
    await recovery.getByRole('button', { name: 'Remove it' }).click();
    await recovery.getByText('the next try will notice').waitFor();
    await recovery.getByText('Your recovery code was removed').waitFor(PATIENCE);
    code = await createCode(page);
  });

  test('while a code is confirmed, cancelled before the outcome is known: no code is thrown away', async () => {
    const recovery = card(page, 'Recovery code');
    await recovery.getByRole('button', { name: 'Replace it' }).click();
    code = await readNewCode(page);
    await loseNextAnswer(page, 'vault.setRecoveryWrap');
    await confirmCode(page, code);
    await page.getByText('This one is on us').waitFor();
    await recovery.getByRole('button', { name: 'Cancel' }).click();
    await recovery.getByText('The last code you saw may be active').waitFor();
    await card(page, 'Vault activity').getByText('Recovery code set').nth(2).waitFor();
  });

  test('while a code is removed, cancelled before the outcome is known: the page finds out by itself', async () => {
    const recovery = card(page, 'Recovery code');
    await recovery.getByRole('button', { name: 'Remove' }).click();
    await loseNextAnswer(page, 'vault.clearRecoveryWrap');
    await recovery.getByRole('button', { name: 'Remove it' }).click();
    await recovery.getByText('This one is on us').waitFor();
    await recovery.getByRole('button', { name: 'Cancel' }).click();
    await recovery.getByText("You don't have one yet.").waitFor();
  });

  test('while zero knowledge is turned on, left once its code is active: a reload does not call it inactive', async () => {
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
    await zeroKnowledge.getByRole('button', { name: 'Continue to the code' }).click();
    code = await readNewCode(page);
    await page.route('**/vault.enableZeroKnowledge*', (route) => route.abort());
    await confirmCode(page, code);
    await page.getByText('This one is on us').waitFor();
    page.once('dialog', (dialog) => dialog.accept());
    await page.reload();
    await page.getByText('The last code you saw may be active').waitFor();
    await page.unroute('**/vault.enableZeroKnowledge*');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await unlockedNotice(page).waitFor();
    code = await createCode(page);
  });

  test('while zero knowledge is turned on: what was typed stays, and it is on in the end', async () => {
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
    await zeroKnowledge.getByRole('button', { name: 'Continue', exact: true }).click();
    const field = zeroKnowledge.getByLabel('Your recovery code');
    await field.fill(code);
    await loseNextAnswer(page, 'vault.enableZeroKnowledge');
    await duringOutage(
      () => page.keyboard.press('Enter'),
      async () => expect(await field.inputValue()).toBe(code),
    );
    await zeroKnowledge.getByText('Zero knowledge is on').waitFor(PATIENCE);
  });

  test('during unlocking with the code: what was typed stays, and it opens', async () => {
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await codeField(page).fill(code);
    await duringOutage(
      () => page.keyboard.press('Enter'),
      async () => expect(await codeField(page).inputValue()).toBe(code),
    );
    await unlockedNotice(page).waitFor(PATIENCE);
  });

  test('while zero knowledge is turned off: what was typed stays, and it is off in the end', async () => {
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
    const field = zeroKnowledge.getByLabel('Your recovery code');
    await field.fill(code);
    await duringOutage(
      () => page.keyboard.press('Enter'),
      async () => expect(await field.inputValue()).toBe(code),
    );
    await zeroKnowledge.getByText('Zero knowledge is off').waitFor(PATIENCE);
  });

  test('while the key is replaced, also if the answer is lost: it is replaced once', async () => {
    const rotation = card(page, 'Replace the key');
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByRole('checkbox').check();
    await loseNextAnswer(page, 'vault.rotate');
    await duringOutage(() => rotation.getByRole('button', { name: 'Replace the key' }).click());
    await rotation.getByText('Your vault has a new key').waitFor(PATIENCE);
    await rotation.getByRole('button', { name: 'Not now' }).click();
    const audit = card(page, 'Vault activity');
    await audit.getByText('Key replaced').waitFor();
    expect(await audit.getByText('Key replaced').count()).toBe(1);
  });

  test('while the page is opened: nothing is lost, and everything appears by itself', async () => {
    await duringOutage(async () => {
      await page.goto('/vault');
    });
    await page.getByRole('button', { name: 'Unlock' }).waitFor(PATIENCE);
    await card(page, 'Vault activity').getByText('Key replaced').waitFor(PATIENCE);
  });
});

describe('a vault that is changed elsewhere', () => {
  test('in another tab is updated here by itself', async () => {
    const tab = await context.newPage();
    await openVault(tab);
    await createCode(tab);
    await card(page, 'Recovery code').getByText('You have one').waitFor();
    await tab.reload();
    code = await turnOnZeroKnowledge(tab);
    await card(page, 'Zero knowledge').getByText('Zero knowledge is on').waitFor();
    await tab.close();
    await openVault(page);
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
    await zeroKnowledge.getByLabel('Your recovery code').fill(code);
    await page.keyboard.press('Enter');
    await zeroKnowledge.getByText('Zero knowledge is off').waitFor();
  });

  test('on another device voids the code shown here, and the page says so and updates', async () => {
    const other = await browser.newPage({ baseURL: server.url });
    await other.goto('/sign-in');
    await signIn(other, anna);
    await openVault(other);
    const recovery = card(page, 'Recovery code');
    await recovery.getByRole('button', { name: 'Replace it' }).click();
    const shown = await readNewCode(page);
    await card(other, 'Recovery code').getByRole('button', { name: 'Remove' }).click();
    await other.getByRole('button', { name: 'Remove it' }).click();
    await other.getByText('Your recovery code was removed').waitFor();

    await confirmCode(page, shown);
    await recovery.getByText('Changed elsewhere').waitFor();
    await recovery.getByText("isn't active").waitFor();
    await recovery.getByText("You don't have one yet.").waitFor();
    await other.context().close();
  });
});

describe('an older sign-in', () => {
  test('is asked for the password, and what was typed is then used', async () => {
    await server.passMinutes(11);
    await card(page, 'Recovery code')
      .getByRole('button', { name: 'Create a recovery code' })
      .click();
    code = await readNewCode(page);
    await confirmCode(page, code);
    const dialog = page.getByRole('dialog', { name: 'Is this still you?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('One step is missing').waitFor();
    expect(await page.getByLabel('Enter the code to confirm it').inputValue()).toBe(code);
    await page.getByRole('button', { name: 'Use this code' }).click();
    await dialog.waitFor();
    await reauthenticate(page, anna);
    await page.getByText('Your new recovery code is active').waitFor();
    const audit = card(page, 'Vault activity');
    await audit.getByText('Setting a recovery code failed').first().waitFor();
    await audit.getByText('we asked for the password first').first().waitFor();
  });
});

describe('staying unlocked', () => {
  test('survives a reload if it was asked for, but not a lock', async () => {
    await page.reload();
    await page.getByLabel('Stay unlocked on this device').check();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Here it stays unlocked until you lock it').waitFor();
    await page.reload();
    await unlockedNotice(page).waitFor();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Here it locks when you reload or leave').waitFor();
  });
});

describe('without a mouse', () => {
  test('a vault is created, gets its code and is set to zero knowledge', async () => {
    const berta = inventPerson('Berta');
    const own = await openSignedIn(berta);
    await createVault(own);
    await openVault(own);
    await own.getByRole('button', { name: 'Unlock' }).waitFor();
    const press = async (name: string) => {
      for (let steps = 0; steps < 40; steps += 1) {
        await own.keyboard.press('Tab');
        const words = await own.evaluate(() => document.activeElement?.textContent ?? '');
        if (words.trim().startsWith(name)) return own.keyboard.press('Enter');
      }
      throw new Error(`${name} can't be reached`);
    };
    await press('Unlock');
    await unlockedNotice(own).waitFor();
    await press('Create a recovery code');
    const first = await readNewCode(own);
    const heading = own.getByRole('heading', { name: 'Your new recovery code' });
    expect(await isFocused(heading)).toBe(true);
    for (let steps = 0; steps < 3; steps += 1) await own.keyboard.press('Tab');
    await own.keyboard.type(first);
    await own.keyboard.press('Enter');
    await own.getByText('Your new recovery code is active').waitFor();
    await press('Turn on…');
    await press('Continue');
    await own.keyboard.type(first);
    await own.keyboard.press('Enter');
    await card(own, 'Zero knowledge').getByText('Zero knowledge is on').waitFor();
    await own.context().close();
  });
});
