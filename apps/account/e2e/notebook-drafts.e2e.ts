import { describe, expect, test } from 'vitest';
import {
  entry,
  fillNote,
  openTab,
  reopen,
  save,
  text,
  title,
  writeNote,
} from './support/notebook-steps.ts';
import { fillSignIn, inventPerson, join, signIn, signOut } from './support/person.ts';
import { PATIENCE, page, person, server, useNewNotebook, useServer } from './support/set-up.ts';

const TEXT = 'The spare key hangs behind the barometer';

useServer();
useNewNotebook();

describe('a lock', () => {
  test('in another tab locks here; what was typed stays, and is saved after unlocking', async () => {
    await writeNote(page, 'Keys', TEXT);
    const tab = await openTab(page);
    await entry(page, 'Keys').click();
    await text(page).fill('half a sen');
    await tab.getByRole('button', { name: 'Lock now' }).click();
    await tab.getByText('Your vault was locked again').waitFor();
    await page.getByText('Your vault was locked while you were writing').waitFor();
    expect(await text(page).inputValue()).toBe('half a sen');
    expect(await entry(page, 'Keys').count()).toBe(0);

    await text(page).fill('half a sentence');
    await save(page);
    await page.getByText('The vault is locked. Unlock it first.').waitFor();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock now' }).waitFor();
    expect(await page.getByText('Unlock it first.').count()).toBe(0);
    await save(page);
    await page.getByText('Saved “Keys”.').waitFor();
  });

  test('removes from the page what is not being changed', async () => {
    await writeNote(page, 'Keys', TEXT);
    const tab = await openTab(page);
    await entry(page, 'Keys').click();
    await tab.getByRole('button', { name: 'Lock now' }).click();
    await page.getByText('Your vault was locked again').waitFor();
    expect(await page.locator('main').textContent()).not.toContain('Keys');
    expect(await page.locator('input[name=noteTitle], textarea').count()).toBe(0);
  });

  test('asks before it discards what is not saved', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByText("What you typed isn't saved, and will be lost when you lock.").waitFor();
    await page.getByRole('button', { name: 'Cancel' }).last().click();
    expect(await text(page).inputValue()).toBe('unsaved');
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Lock anyway' }).click();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    expect(await text(page).count()).toBe(0);
  });

  test('that this browser does not complete is reported, and can be retried', async () => {
    await page.addInitScript(() => {
      const { deleteDatabase } = IDBFactory.prototype;
      let isRefused = true;
      const allow = () => {
        isRefused = false;
      };
      Object.assign(window, { allow });
      IDBFactory.prototype.deleteDatabase = function (name) {
        if (!isRefused) return deleteDatabase.call(this, name);
        const request = new EventTarget();
        Object.defineProperty(request, 'onerror', {
          set: (heard) => void setTimeout(heard),
        });
        return request as IDBOpenDBRequest;
      };
    });
    await reopen(page);
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByText('this browser may still hold its key').waitFor();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    await page.evaluate(() => Reflect.get(window, 'allow')());
    await page.getByRole('button', { name: 'Try now' }).click();
    await expect.poll(() => page.getByText('may still hold').count()).toBe(0);
  });

  test('comes with a reload in a browser that stores nothing, which is said to whoever asks to stay unlocked', async () => {
    await page.addInitScript(() => {
      Object.defineProperty(window, 'indexedDB', { value: undefined });
    });
    await reopen(page);
    await page.getByLabel('Stay unlocked on this device').click();
    await page.getByText("This browser doesn't store anything for this page").waitFor();
  });

  test('does not come with a reload on a device that stays unlocked', async () => {
    await writeNote(page, 'Keys', TEXT);
    await page.getByLabel('Stay unlocked on this device').click();
    await page.getByText('It stays open on this device').waitFor();
    await page.reload();
    await entry(page, 'Keys').waitFor();
    await page.getByRole('button', { name: 'Lock now' }).click();
    await page.getByRole('button', { name: 'Unlock' }).waitFor();
    await page.reload();
    await page.getByText('Unlock it to read and write.').waitFor();
  });
});

describe('what is typed', () => {
  test('survives an outage during the save, which goes through by itself, once', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Outage', TEXT);
    server.freezeDatabase();
    await save(page);
    await page.getByRole('status').getByText('This one is on us').waitFor(PATIENCE);
    await page.getByText('What you typed stays here').waitFor();
    expect(await text(page).inputValue()).toBe(TEXT);
    server.thawDatabase();
    await page.getByText('Saved “Outage”.').waitFor(PATIENCE);
    await reopen(page);
    expect(await entry(page, 'Outage').count()).toBe(1);
  });

  test('is saved once if only the answer is lost, and with what was typed since', async () => {
    let lost = 0;
    await page.route('**/trpc/notes.create**', async (route) => {
      if (lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      await route.abort();
    });
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Lost', 'first');
    await save(page);
    await page.getByText('This one is on us').waitFor(PATIENCE);
    await text(page).fill('second');
    await save(page);
    await page.getByText('Saved “Lost”.').waitFor();
    await reopen(page);
    await entry(page, 'Lost').click();
    expect(await text(page).inputValue()).toBe('second');
  });

  test('survives a visit to another page, and the end of the session', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByRole('link', { name: 'Notebook' }).click();
    expect(await text(page).inputValue()).toBe('unsaved');
    await server.query('update auth.sessions set revoked_at = now()');
    await save(page);
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await fillSignIn(page, person);
    await page.keyboard.press('Enter');
    await page.getByText('Your vault was locked while you were writing').waitFor();
    expect(await text(page).inputValue()).toBe('unsaved');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Lock now' }).waitFor();
    await save(page);
    await page.getByText('Saved “Draft”.').waitFor();
  });

  test('is never shown to somebody else who signs in at this tab, and is gone then', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText("You're signed out").waitFor();
    // Another account in the same document: no load in between removes the draft.
    const other = inventPerson('Eve');
    const second = await page.context().newPage();
    await join(server, second, other);
    await second.close();
    await fillSignIn(page, other);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByRole('link', { name: 'Notebook' }).click();
    await page.getByRole('button', { name: 'Create my vault' }).waitFor();
    expect(await page.locator('textarea').count()).toBe(0);
    await signOut(page);
    await signIn(page, person);
    await page.getByRole('link', { name: 'Notebook' }).click();
    await page.getByText('Unlock it to read and write.').waitFor();
    expect(await page.locator('textarea').count()).toBe(0);
  });

  test('keeps the browser from closing the page without asking', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    expect(await text(page).inputValue()).toBe('unsaved');
  });

  test('is discarded only after a confirmation', async () => {
    await page.getByRole('button', { name: 'New note' }).click();
    await fillNote(page, 'Draft', 'unsaved');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText("What you typed isn't saved.").waitFor();
    await page.getByRole('button', { name: 'Cancel' }).last().click();
    expect(await title(page).inputValue()).toBe('Draft');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Discard it' }).click();
    await page.getByText('There are no notes yet.').waitFor();
  });
});
