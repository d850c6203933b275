import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf } from '../../test/test-client.fixture.ts';
import { createVaultBrowser, type VaultBrowser } from '../../test/vault/vault-browser.fixture.ts';
import { createVaultModel, type VaultModel } from '../../test/vault/vault-model.fixture.ts';
import type { VaultClient } from './vault-client.ts';

const location = { recordId: 'note-1', field: 'body' };

let model: VaultModel;
let browser: VaultBrowser;
let vault: VaultClient;
let value: string;
beforeEach(async () => {
  model = createVaultModel();
  browser = createVaultBrowser(model);
  ({ vault } = await browser.openSignedIn());
  dataOf(await vault.init({ stayUnlocked: true }));
  value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
});
afterEach(() => browser.close());

async function expectRotatedOnce() {
  expect(model.calls.filter((call) => call === 'vault.rotate')).toHaveLength(1);
  expect(vault.state.get()).toMatchObject({ status: 'unlocked', generation: 2 });
  expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
  const updated = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
  expect(updated).toMatch(/^enc:2:2\./);
}

it('continues with the new key, and still reads what the previous one encrypted, after a reload too', async () => {
  dataOf(await vault.rotate());
  await expectRotatedOnce();
  const { vault: reloaded } = await browser.openSignedIn();
  expect(dataOf(await reloaded.unlock())).toMatchObject({ generation: 2, keptOnDevice: true });
  expect(dataOf(await reloaded.decryptValue({ ...location, value }))).toBe('mine');
});

it.each([
  ['the response', 'vault.rotate'],
  ['the new key', 'vault.key'],
])(
  "is finished by the next call when %s was lost, and isn't repeated",
  async (_what, procedure) => {
    for (let tries = 0; tries < 3; tries += 1) model.failNext(procedure, 'response lost');
    expect(await vault.rotate()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
    if (procedure === 'vault.rotate') {
      dataOf(await vault.status());
      expect(await vault.encryptValue({ ...location, value: 'x' })).toMatchObject({
        code: 'FORBIDDEN',
      });
      expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
    }
    dataOf(await vault.rotate());
    await expectRotatedOnce();
  },
);

it('may be finished by an unlock instead', async () => {
  for (let tries = 0; tries < 3; tries += 1) model.failNext('vault.key', 'offline');
  expect(await vault.rotate()).toMatchObject({ retryable: true });
  dataOf(await vault.unlock());
  await expectRotatedOnce();
  dataOf(await vault.rotate());
  expect(vault.state.get()).toMatchObject({ generation: 3 });
  expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
});

it('locks the other tabs, which then unlock with the new key', async () => {
  const { vault: other } = await browser.openSignedIn();
  dataOf(await other.unlock());
  dataOf(await vault.rotate());
  await expect.poll(() => other.state.get()).toEqual({ status: 'locked' });
  expect(dataOf(await other.unlock())).toMatchObject({ generation: 2 });
});

it('requires an unlocked vault, so that nothing becomes unreadable', async () => {
  dataOf(await vault.lock());
  expect(await vault.rotate()).toMatchObject({ code: 'FORBIDDEN' });
  expect(model.calls).not.toContain('vault.rotate');
});

it("that was refused isn't mistaken for another device's", async () => {
  model.failNext('vault.rotate', 'REAUTHENTICATION_REQUIRED');
  expect(await vault.rotate()).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' });
  const elsewhere = createVaultBrowser(model);
  const { vault: other } = await elsewhere.openSignedIn();
  dataOf(await other.unlock());
  dataOf(await other.rotate());
  elsewhere.close();
  expect(await vault.rotate()).toMatchObject({ code: 'VAULT_CONFLICT' });
});

it("gives way to another device's rotation", async () => {
  const elsewhere = createVaultBrowser(model);
  const { vault: other } = await elsewhere.openSignedIn();
  dataOf(await other.unlock());
  dataOf(await other.rotate());
  elsewhere.close();
  expect(await vault.rotate()).toMatchObject({ code: 'VAULT_CONFLICT' });
  expect(await vault.rotate()).toMatchObject({ code: 'VAULT_CONFLICT' });
  dataOf(await vault.unlock());
  await expectRotatedOnce();
});

it('is refused in zero-knowledge mode', async () => {
  dataOf(await vault.enableZeroKnowledge(dataOf(await vault.setupRecoveryCode())));
  expect(await vault.rotate()).toMatchObject({ code: 'ZK_ROTATE_FORBIDDEN' });
});

describe("on a device that doesn't stay unlocked", () => {
  beforeEach(async () => {
    dataOf(await vault.lock());
    dataOf(await vault.unlock());
  });

  async function openAnotherTab() {
    const { vault: next } = await browser.openSignedIn();
    dataOf(await next.unlock());
    return next;
  }

  it.each([
    ['after it', undefined],
    ['before its response arrived', 'response lost'],
  ] as const)('a tab closed right %s loses nothing', async (_when, failure) => {
    if (failure) model.failNext('vault.rotate', failure);
    await vault.rotate();
    const next = await openAnotherTab();
    expect(next.state.get()).toMatchObject({ generation: 2, holdsFormerKeys: true });
    expect(next.state.get()).toMatchObject({ keptOnDevice: false });
    expect(dataOf(await next.decryptValue({ ...location, value }))).toBe('mine');
  });

  it('forgets the previous keys when told to, here and on the device', async () => {
    dataOf(await vault.rotate());
    dataOf(await vault.forgetFormerKeys());
    expect(vault.state.get()).toMatchObject({ generation: 2, holdsFormerKeys: false });
    expect(await browser.readStored()).toEqual([]);
    for (const one of [vault, await openAnotherTab()]) {
      expect(await one.decryptValue({ ...location, value })).toMatchObject({ success: false });
    }
  });

  it("doesn't take away the key that another tab is about to replace", async () => {
    const other = await openAnotherTab();
    model.failNext('vault.rotate', 'response lost');
    await vault.rotate();
    dataOf(await other.forgetFormerKeys());
    const next = await openAnotherTab();
    expect(dataOf(await next.decryptValue({ ...location, value }))).toBe('mine');
  });

  it('stores nothing where the rotation was refused, or the vault is locked', async () => {
    model.failNext('vault.rotate', 'REAUTHENTICATION_REQUIRED');
    await vault.rotate();
    expect(await browser.readStored()).toEqual([]);
    dataOf(await vault.rotate());
    expect(await browser.readStored()).not.toEqual([]);
    dataOf(await vault.lock());
    expect(await browser.readStored()).toEqual([]);
    expect(await vault.forgetFormerKeys()).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('stores nothing where a lock overtakes it at any step', async () => {
    let overtaken = 0;
    for (let step = 0; step < 20; step += 1) {
      const lock = browser.beforeStorage(step, () => vault.lock());
      const rotated = await vault.rotate();
      if (!lock.happened()) break;
      overtaken += 1;
      await lock.done();
      expect(rotated).toMatchObject({ code: 'FORBIDDEN' });
      expect(await browser.readStored()).toEqual([]);
      browser.beforeStorage(100, async () => undefined);
      dataOf(await vault.unlock());
    }
    expect(overtaken).toBeGreaterThan(3);
  });

  it("leaves nothing of one user's for the next", async () => {
    dataOf(await vault.rotate());
    // The tab is closed, and hears of no sign-in.
    browser.close();
    model.userId = 'grace';
    const { vault: next } = await browser.openSignedIn();
    dataOf(await next.unlock());
    expect(next.state.get()).toMatchObject({ holdsFormerKeys: false });
    expect(await browser.readStored()).toEqual([]);
  });
});
