import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFocused } from './support/browser.ts';
import { inventPerson, join, signIn } from './support/person.ts';
import { browser, server, useServer } from './support/set-up.ts';
import {
  card,
  codeField,
  confirmCode,
  createCode,
  createVault,
  openVault,
  readNewCode,
  turnOnZeroKnowledge,
  unlockedNotice,
} from './support/vault-steps.ts';

let anna = inventPerson('Anna');
let page: Page;
/** Procedures of the vault that this page has called. */
let calls: string[] = [];

useServer({});

beforeAll(async () => {
  const context = await browser.newContext({
    baseURL: server.url,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  page.on('request', (request) => {
    const [, procedure] = /\/(vault\.\w+)/.exec(request.url()) ?? [];
    if (procedure) calls.push(procedure);
  });
  await join(server, page, anna);
  await signIn(page, anna);
});

beforeEach(() => {
  calls = [];
});

/** A code in the right format that opens nothing. */
async function createCodeAndCancel(): Promise<string> {
  const recovery = card(page, 'Recovery code');
  await recovery.getByRole('button', { name: /^(Create a recovery code|Replace it)$/ }).click();
  const code = await readNewCode(page);
  await recovery.getByRole('button', { name: 'Cancel' }).click();
  return code;
}

describe('a vault', () => {
  test('is explained before it is created, and is open then', async () => {
    await page.getByRole('link', { name: 'Vault' }).click();
    await page.getByText('A vault is for what only you should read').waitFor();
    expect(await card(page, 'Recovery code').count()).toBe(0);
    await createVault(page);
    await card(page, 'Vault activity').getByText('Vault created').waitFor();
  });

  test('is locked at once, in the other tab too, and opens for a signed-in user', async () => {
    const tab = await page.context().newPage();
    await tab.goto('/vault');
    await tab.getByRole('button', { name: 'Unlock' }).click();
    await unlockedNotice(tab).waitFor();
    await page.bringToFront();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await tab.bringToFront();
    await tab.getByRole('button', { name: 'Unlock' }).click();
    await unlockedNotice(tab).waitFor();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await unlockedNotice(page).waitFor();
    await tab.close();
  });
});

describe('a recovery code', () => {
  test('that is mistyped is noticed before anything is sent', async () => {
    const former = await createCodeAndCancel();
    await card(page, 'Recovery code')
      .getByRole('button', { name: 'Create a recovery code' })
      .click();
    const code = await readNewCode(page);
    calls = [];
    const field = page.getByLabel('Enter the code to confirm it');
    for (const [typed, words] of [
      ['', 'Enter the recovery code.'],
      [code.slice(0, -1), 'It has 59 characters'],
      [code.replace(/.$/, (last) => (last === '2' ? '3' : '2')), 'At least one character is wrong'],
      [former, "That isn't the code that was shown last"],
    ] as const) {
      await confirmCode(page, typed);
      await page.getByText(words).waitFor();
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      expect(await field.inputValue()).toBe(typed);
    }
    expect(calls).toEqual([]);

    await confirmCode(page, code.toLowerCase().replaceAll('-', '  '));
    await page.getByText('Your new recovery code is active').waitFor();
    await card(page, 'Vault activity').getByText('Recovery code set').waitFor();
    expect(await page.content()).not.toContain(code.slice(0, 5));
    expect(await server.readSubjects(anna.email)).toContain('Your vault has a new recovery code');
  });

  test('is copied whole, and printed on a sheet with nothing else of the page', async () => {
    await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).click();
    const code = await readNewCode(page);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);

    await page.emulateMedia({ media: 'print' });
    const printed = (await page.locator('body').allInnerTexts()).join();
    await page.emulateMedia({ media: null });
    expect(printed.replace(/\s+/g, '-')).toContain(code);
    const year = new Date().getFullYear();
    for (const words of [anna.email, `${year}`, '/vault', 'It opens your vault']) {
      expect(printed).toContain(words);
    }
    for (const words of ['Enter the code to confirm it', 'Zero knowledge', 'Profile', 'Copy']) {
      expect(printed).not.toContain(words);
    }
    await card(page, 'Recovery code').getByRole('button', { name: 'Cancel' }).click();
    expect(await page.evaluate(() => document.querySelector('.sheet'))).toBe(null);
  });

  test('that was not confirmed asks before the page is left, and is not active', async () => {
    const questions: string[] = [];
    const answers = [false, false, true];
    const answer = (dialog: {
      message(): string;
      accept(): Promise<void>;
      dismiss(): Promise<void>;
    }) => {
      questions.push(dialog.message());
      void (answers.shift() ? dialog.accept() : dialog.dismiss());
    };
    page.on('dialog', answer);
    await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).click();
    const code = await readNewCode(page);
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.evaluate(() => history.back());
    await expect.poll(() => questions.length).toBe(2);
    await expect.poll(() => new URL(page.url()).pathname).toBe('/vault');
    expect(await readNewCode(page)).toBe(code);
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    for (const question of questions) expect(question).toContain("isn't active yet");

    await page.getByRole('link', { name: 'Vault' }).click();
    await page.getByText("The last code you saw isn't active").waitFor();
    await page.reload();
    await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).waitFor();
    expect(await page.getByText("The last code you saw isn't active").count()).toBe(0);
    page.off('dialog', answer);
  });

  test('that was not confirmed is mentioned after a reload as well', async () => {
    await card(page, 'Recovery code').getByRole('button', { name: 'Replace it' }).click();
    await readNewCode(page);
    const kinds: string[] = [];
    page.once('dialog', (dialog) => {
      kinds.push(dialog.type());
      void dialog.accept();
    });
    await page.reload();
    expect(kinds).toEqual(['beforeunload']);
    await page.getByText("The last code you saw isn't active").waitFor();
  });

  test('is removed after a confirmation', async () => {
    const recovery = card(page, 'Recovery code');
    await recovery.getByRole('button', { name: 'Remove' }).click();
    await recovery.getByText('stops working').waitFor();
    await recovery.getByRole('button', { name: 'Remove it' }).click();
    await recovery.getByText('Your recovery code was removed').waitFor();
    await recovery.getByText("You don't have one yet.").waitFor();
    await recovery.getByRole('button', { name: 'Create a recovery code' }).waitFor();
  });

  test('is created one at a time', async () => {
    await card(page, 'Zero knowledge').getByRole('button', { name: 'Turn on' }).click();
    await card(page, 'Recovery code')
      .getByRole('button', { name: 'Create a recovery code' })
      .click();
    await readNewCode(page);
    const goOn = card(page, 'Zero knowledge').getByRole('button', { name: 'Continue to the code' });
    expect(await goOn.getAttribute('aria-disabled')).toBe('true');
    await card(page, 'Recovery code').getByRole('button', { name: 'Cancel' }).click();
    expect(await goOn.getAttribute('aria-disabled')).toBe('false');
    await card(page, 'Zero knowledge').getByRole('button', { name: 'Cancel' }).click();
  });
});

describe('zero knowledge', () => {
  let code = '';

  test('says what it costs, and is on only once the code was confirmed', async () => {
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
    await zeroKnowledge.getByText('Nobody can open your vault without the recovery code').waitFor();
    await zeroKnowledge.getByText('A password reset gives you back your account').waitFor();
    await zeroKnowledge.getByRole('button', { name: 'Continue to the code' }).click();
    code = await readNewCode(page);
    await confirmCode(page, code.slice(0, 30));
    await page.getByText('It has 25 characters').waitFor();
    expect(calls).not.toContain('vault.enableZeroKnowledge');
    await confirmCode(page, code);
    await zeroKnowledge.getByText('Zero knowledge is on').waitFor();
    expect(await card(page, 'Recovery code').getByRole('button', { name: 'Remove' }).count()).toBe(
      0,
    );
  });

  test('keeps the key from being replaced, and says why', async () => {
    const rotation = card(page, 'Replace the key');
    await rotation.getByText('Not while zero knowledge is on').waitFor();
    expect(await rotation.getByRole('button').count()).toBe(0);
  });

  test('needs the code after a reload, says what is wrong with one, and accepts the right one', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Unlock' }).click();
    const field = codeField(page);
    await field.fill(code.replace(/.$/, (last) => (last === '2' ? '3' : '2')));
    calls = [];
    await page.keyboard.press('Enter');
    await page.getByText('At least one character is wrong').waitFor();
    expect(calls).toEqual([]);
    await field.fill('0123456789abcdef'.repeat(4));
    await page.keyboard.press('Enter');
    await page.getByText("This code doesn't open the vault").waitFor();
    await field.fill(` ${code.toLowerCase()} `);
    await page.keyboard.press('Enter');
    await unlockedNotice(page).waitFor();
  });

  test('replaces the code with the current one, which then opens nothing', async () => {
    const recovery = card(page, 'Recovery code');
    await recovery.getByRole('button', { name: 'Replace it' }).click();
    await recovery.getByLabel('Your current recovery code').fill('0123456789abcdef'.repeat(4));
    await page.keyboard.press('Enter');
    await recovery.getByText("This code doesn't open the vault").waitFor();
    await recovery.getByLabel('Your current recovery code').fill(code);
    await page.keyboard.press('Enter');
    const next = await readNewCode(page);
    await confirmCode(page, next);
    await recovery.getByText('Your new recovery code is active').waitFor();

    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Unlock' }).click();
    const field = codeField(page);
    await field.fill(code);
    await page.keyboard.press('Enter');
    await page.getByText("This code doesn't open the vault").waitFor();
    await field.fill(next);
    await page.keyboard.press('Enter');
    await unlockedNotice(page).waitFor();
    code = next;
  });

  test('is mentioned in the email with a reset link, on the page, and after the reset', async () => {
    const other = await browser.newPage({ baseURL: server.url });
    await other.goto('/forgot-password');
    await other.getByText('A vault in zero-knowledge mode stays locked').waitFor();
    await other.getByLabel('Email').fill(anna.email);
    await other.keyboard.press('Enter');
    await other.getByText('Check your inbox').waitFor();
    expect(await server.readNewestText(anna.email)).toContain('It stays locked until');
    await other.goto((await server.findLink(anna.email, '/reset-password')) ?? '');
    await other.getByText('A vault in zero-knowledge mode stays locked').waitFor();
    await other.getByLabel('New password', { exact: true }).fill('staple correct horse');
    await other.keyboard.press('Enter');
    await other.getByText('Your vault stays locked until you enter its recovery code').waitFor();
    anna = { ...anna, password: 'staple correct horse' };
    await signIn(other, anna);
    await openVault(other);
    await other.getByRole('button', { name: 'Unlock' }).click();
    await codeField(other).fill(code);
    await other.keyboard.press('Enter');
    await unlockedNotice(other).waitFor();
    await other.context().close();
  });

  test('is turned off with the code, and then signing in opens the vault', async () => {
    await page.goto('/sign-in');
    await signIn(page, anna);
    await openVault(page);
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
    await zeroKnowledge.getByText('It also means that we could open it').waitFor();
    await zeroKnowledge.getByLabel('Your recovery code').fill(code);
    await page.keyboard.press('Enter');
    await zeroKnowledge.getByText('Zero knowledge is off').waitFor();
    await unlockedNotice(page).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await unlockedNotice(page).waitFor();
  });

  test('accepts the code that was created on this page, without another', async () => {
    code = await createCode(page);
    const zeroKnowledge = card(page, 'Zero knowledge');
    await zeroKnowledge.getByRole('button', { name: 'Turn on' }).click();
    await zeroKnowledge.getByRole('button', { name: 'Continue', exact: true }).click();
    await zeroKnowledge.getByLabel('Your recovery code').fill(code);
    await page.keyboard.press('Enter');
    await zeroKnowledge.getByText('Zero knowledge is on').waitFor();
    await zeroKnowledge.getByRole('button', { name: 'Turn off' }).click();
    await zeroKnowledge.getByLabel('Your recovery code').fill(code);
    await page.keyboard.press('Enter');
    await zeroKnowledge.getByText('Zero knowledge is off').waitFor();
  });
});

describe('a new key', () => {
  test('is created after its cost was accepted, ends the code, and offers another', async () => {
    const tab = await page.context().newPage();
    await tab.goto('/vault');
    await tab.getByRole('button', { name: 'Unlock' }).click();
    await unlockedNotice(tab).waitFor();
    await page.bringToFront();
    const rotation = card(page, 'Replace the key');
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByText('Your recovery code stops working').waitFor();
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByText('Tick the box to continue.').waitFor();
    expect(calls).not.toContain('vault.rotate');
    await rotation.getByRole('checkbox').check();
    await rotation.getByRole('button', { name: 'Replace the key' }).click();
    await rotation.getByText('Your vault has a new key').waitFor();
    await tab.getByRole('button', { name: 'Unlock' }).waitFor();
    await card(tab, 'Recovery code').getByText("You don't have one yet.").waitFor();
    await tab.close();

    await rotation.getByRole('button', { name: 'Create a new recovery code' }).click();
    await confirmCode(page, await readNewCode(page));
    await page.getByText('Your new recovery code is active').waitFor();
  });
});

describe('the activity', () => {
  test('is shown in plain text, failures too, page by page', async () => {
    await server.passMinutes(11);
    await page.reload();
    await turnOnZeroKnowledge(page, anna);
    await page.reload();
    const audit = card(page, 'Vault activity');
    await audit.getByText('Zero knowledge turned on').first().waitFor();
    const rows = audit.getByRole('listitem');
    expect(await rows.count()).toBe(10);
    await audit.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => rows.count()).toBeGreaterThan(10);
    const first = rows.nth(10);
    expect(await isFocused(first)).toBe(true);
    await audit.getByText('Key replaced').waitFor();
    await audit.getByText('Setting a recovery code failed').first().waitFor();
    await audit.getByText('we asked for the password first').first().waitFor();
    expect(await audit.textContent()).not.toMatch(/[a-z]_[a-z]|[A-Z]{3,}_/);
  });
});
