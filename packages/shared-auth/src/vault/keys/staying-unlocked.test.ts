import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf } from '../../../test/test-client.fixture.ts';
import {
  createVaultBrowser,
  type VaultBrowser,
} from '../../../test/vault/vault-browser.fixture.ts';
import { createVaultModel, type VaultModel } from '../../../test/vault/vault-model.fixture.ts';

let model: VaultModel;
let browser: VaultBrowser;
beforeEach(() => {
  model = createVaultModel();
  browser = createVaultBrowser(model);
});
afterEach(() => browser.close());

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };
const location = { recordId: 'note-1', field: 'body' };
async function isStored(): Promise<boolean> {
  return (await browser.readStored()).length > 0;
}

async function openUnlocked() {
  const tab = await browser.openSignedIn();
  dataOf(await tab.vault.init({ stayUnlocked: true }));
  return tab;
}

describe('a vault that stays unlocked', () => {
  it('opens after a reload without its key being sent again', async () => {
    const { vault } = await openUnlocked();
    const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
    const reloaded = await browser.openSignedIn();
    model.calls.length = 0;
    expect(dataOf(await reloaded.vault.unlock())).toMatchObject({ keptOnDevice: true });
    expect(dataOf(await reloaded.vault.decryptValue({ ...location, value }))).toBe('mine');
    expect(model.calls).toEqual(['vault.status']);
  });

  it('is opt-in, also later', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    expect(await isStored()).toBe(false);
    expect(dataOf(await vault.unlock({ stayUnlocked: true }))).toMatchObject({
      keptOnDevice: true,
    });
    expect(await isStored()).toBe(true);
  });

  it('opens for a page that requests no key, which stays locked where none is stored', async () => {
    const { vault } = await openUnlocked();
    const reloaded = await browser.openSignedIn();
    model.calls.length = 0;
    expect(dataOf(await reloaded.vault.unlock({ onlyKept: true }))).toMatchObject({
      status: 'unlocked',
      keptOnDevice: true,
    });
    dataOf(await vault.lock());
    const later = await browser.openSignedIn();
    expect(dataOf(await later.vault.unlock({ onlyKept: true }))).toEqual({ status: 'locked' });
    expect(model.calls).not.toContain('vault.key');
  });

  it('opens during an outage', async () => {
    await openUnlocked();
    const reloaded = await browser.openSignedIn();
    model.failAll('offline');
    expect(dataOf(await reloaded.vault.unlock())).toMatchObject({ status: 'unlocked' });
  });

  it("doesn't open once the session has ended", async () => {
    await openUnlocked();
    const reloaded = await browser.openSignedIn();
    model.failAll('TOKEN_EXPIRED');
    expect(await reloaded.vault.unlock()).toMatchObject({ code: 'TOKEN_EXPIRED' });
    await expect.poll(isStored).toBe(false);
  });

  it('takes the newer key if another device made one, and still reads what is older', async () => {
    const { vault } = await openUnlocked();
    const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
    const elsewhere = createVaultBrowser(model);
    const { vault: other } = await elsewhere.openSignedIn();
    dataOf(await other.unlock());
    dataOf(await other.rotate());
    elsewhere.close();
    const reloaded = await browser.openSignedIn();
    expect(dataOf(await reloaded.vault.unlock())).toMatchObject({ generation: 2 });
    expect(dataOf(await reloaded.vault.encryptValue({ ...location, value: 'x' }))).toMatch(
      /^enc:2:2/,
    );
    expect(dataOf(await reloaded.vault.decryptValue({ ...location, value }))).toBe('mine');
  });

  it("isn't mistaken for the vault that came after it", async () => {
    await openUnlocked();
    model.row = undefined;
    const { vault } = await browser.openSignedIn();
    expect(await vault.unlock()).toMatchObject({ code: 'VAULT_NOT_INITIALISED' });
    dataOf(await vault.init());
    const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
    dataOf(await vault.lock());
    dataOf(await vault.unlock());
    expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
  });

  it('is merely unlocked in a browser without storage', async () => {
    const { vault } = await browser.openVaultWithoutStorage();
    expect(dataOf(await vault.init({ stayUnlocked: true }))).toMatchObject({
      status: 'unlocked',
      keptOnDevice: false,
    });
  });
});

describe('keys are gone', () => {
  it('at lock, in every tab and on the device, with no server', async () => {
    const one = await openUnlocked();
    const other = await browser.openSignedIn();
    dataOf(await other.vault.unlock());
    const value = dataOf(await one.vault.encryptValue({ ...location, value: 'mine' }));
    model.failAll('offline');
    expect(dataOf(await other.vault.lock())).toEqual({ status: 'locked' });
    await expect.poll(() => one.vault.state.get()).toEqual({ status: 'locked' });
    for (const { vault } of [one, other]) {
      expect(await vault.decryptValue({ ...location, value })).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(await isStored()).toBe(false);
    expect(await one.vault.unlock()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('at sign-out, in every tab, even from one that never used the vault', async () => {
    const one = await openUnlocked();
    const other = await browser.openSignedIn();
    dataOf(await other.logout());
    await expect.poll(() => one.vault.state.get()).toEqual({ status: 'locked' });
    await expect.poll(isStored).toBe(false);
    expect(await one.vault.encryptValue({ ...location, value: 'x' })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('when another user signs in', async () => {
    const tab = await openUnlocked();
    const value = dataOf(await tab.vault.encryptValue({ ...location, value: 'mine' }));
    model.userId = 'grace';
    dataOf(await tab.login(credentials));
    expect(tab.vault.state.get()).toEqual({ status: 'locked' });
    expect(await tab.vault.decryptValue({ ...location, value })).toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect.poll(isStored).toBe(false);
  });

  it('even those of a user whom this page never knew', async () => {
    await openUnlocked();
    model.userId = 'grace';
    const { vault } = await browser.openSignedIn();
    expect(dataOf(await vault.unlock())).toMatchObject({ keptOnDevice: false });
    expect(await isStored()).toBe(false);
  });

  it('when a lock overtakes an unlock at any step, and are stored nowhere', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    dataOf(await vault.lock());
    let overtaken = 0;
    for (let step = 0; step < 20; step += 1) {
      const lock = browser.beforeStorage(step, () => vault.lock());
      const unlocked = await vault.unlock({ stayUnlocked: true });
      if (!lock.happened()) break;
      overtaken += 1;
      expect(unlocked).toMatchObject({ code: 'FORBIDDEN' });
      await lock.done();
      expect(vault.state.get()).toEqual({ status: 'locked' });
      expect(await vault.encryptValue({ ...location, value: 'x' })).toMatchObject({
        code: 'FORBIDDEN',
      });
      expect(await isStored()).toBe(false);
    }
    expect(overtaken).toBeGreaterThan(3);
  });
});
