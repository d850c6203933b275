import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataOf } from '../../test/test-client.fixture.ts';
import { createVaultBrowser, type VaultBrowser } from '../../test/vault/vault-browser.fixture.ts';
import {
  createVaultModel,
  type Failing,
  type VaultModel,
} from '../../test/vault/vault-model.fixture.ts';

let model: VaultModel;
let browser: VaultBrowser;
beforeEach(() => {
  model = createVaultModel();
  browser = createVaultBrowser(model);
});
afterEach(() => browser.close());

const location = { recordId: 'note-1', field: 'body' };

function getRow() {
  if (!model.row) throw new Error('no vault');
  return model.row;
}

describe('a vault', () => {
  it('is locked until it is known, absent for a user without one, and created on request only', async () => {
    const { vault } = await browser.openSignedIn();
    const states: string[] = [];
    vault.state.subscribe(({ status }) => states.push(status));
    expect(vault.state.get()).toEqual({ status: 'locked' });
    expect(await vault.unlock()).toMatchObject({ code: 'VAULT_NOT_INITIALISED' });
    expect(model.row).toBeUndefined();
    dataOf(await vault.init());
    dataOf(await vault.lock());
    expect(states).toEqual(['absent', 'locked', 'unlocked', 'locked']);
  });

  it('is unlocked with one request for all concurrent callers', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    dataOf(await vault.lock());
    model.calls.length = 0;
    const states = await Promise.all(Array.from({ length: 10 }, () => vault.unlock()));
    for (const state of states) expect(dataOf(state).status).toBe('unlocked');
    expect(model.calls).toEqual(['vault.key']);
  });

  it('sends nothing for a call that a lock has overtaken', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    model.calls.length = 0;
    const released = Promise.withResolvers<void>();
    model.onCall = () => released.promise;
    const first = vault.status();
    const second = vault.unlock();
    await expect.poll(() => model.calls).toEqual(['vault.status']);
    dataOf(await vault.lock());
    const third = vault.status();
    released.resolve();
    dataOf(await first);
    expect(await second).toMatchObject({ code: 'FORBIDDEN' });
    dataOf(await third);
    expect(model.calls).toEqual(['vault.status', 'vault.status']);
    expect(vault.state.get()).toEqual({ status: 'locked' });
  });

  it("is nobody's without a session", async () => {
    const { vault } = browser.openTab();
    expect(await vault.unlock()).toMatchObject({ success: false });
    expect(vault.state.get()).toEqual({ status: 'locked' });
    expect(model.calls).not.toContain('vault.key');
  });

  it('has no extractable key, and shows none in its state', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init({ stayUnlocked: true }));
    const shown = JSON.stringify(vault.state.get());
    expect(shown).not.toContain(encodeBase64(getRow().masterKey));
    const [stored] = await browser.readStored();
    const keys = Object.values(stored?.current ?? {}).filter((part) => part instanceof CryptoKey);
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(key.extractable).toBe(false);
  });
});

describe('an outage', () => {
  it.each<Failing>(['offline', 'SERVICE_UNAVAILABLE'])(
    'is waited out while nothing is changed (%s)',
    async (how) => {
      const { vault } = await browser.openSignedIn();
      for (const procedure of ['vault.init', 'vault.key']) {
        model.failNext(procedure, how);
        model.failNext(procedure, how);
      }
      expect(dataOf(await vault.init())).toMatchObject({ status: 'unlocked' });
      expect(browser.sleeps).toEqual([300, 1_000, 300, 1_000]);
    },
  );

  it('that lasts is reported after the third attempt, and shows no error', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    dataOf(await vault.lock());
    model.calls.length = 0;
    model.failAll('SERVICE_UNAVAILABLE');
    expect(await vault.unlock()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(model.calls).toEqual(Array(3).fill('vault.key'));
    expect(vault.state.get()).toEqual({ status: 'locked' });
  });

  it("doesn't lock an unlocked vault", async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
    model.failAll('offline');
    for (const call of [vault.status, vault.rotate, vault.setupRecoveryCode]) {
      expect(await call()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    }
    expect(vault.state.get()).toMatchObject({ status: 'unlocked' });
    expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
    expect(dataOf(await vault.unlock())).toMatchObject({ status: 'unlocked' });
  });
});

describe("a vault that doesn't open", () => {
  it('shows an error, and opens once it is repaired', async () => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    dataOf(await vault.lock());
    model.failNext('vault.key', 'VAULT_UNREADABLE');
    const refused = await vault.unlock();
    expect(refused).toMatchObject({ code: 'VAULT_UNREADABLE', requestId: 'request-1' });
    expect(vault.state.get()).toEqual({ status: 'error', failure: refused });
    expect(dataOf(await vault.unlock())).toMatchObject({ status: 'unlocked' });
  });

  it.each([
    ['no base64', { serverWrap: '???' }],
    ['too short a key', { serverWrap: encodeBase64(new Uint8Array(31)) }],
    ['no generation', { generation: 0 }],
    ['half a generation', { generation: 1.5 }],
  ])('is reported where the response has %s', async (_what, change) => {
    const { vault } = await browser.openSignedIn();
    dataOf(await vault.init());
    dataOf(await vault.lock());
    Object.assign(getRow(), change);
    expect(await vault.unlock()).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(vault.state.get()).toMatchObject({ status: 'error' });
  });
});

describe('an older key put back (S34)', () => {
  async function rotateAndPutBack() {
    const { vault, logout } = await browser.openSignedIn();
    dataOf(await vault.init());
    const code = dataOf(await vault.setupRecoveryCode());
    dataOf(await vault.confirmRecoveryCode(code));
    const older = structuredClone(getRow());
    dataOf(await vault.rotate());
    dataOf(await logout());
    model.row = older;
    return code;
  }

  it('is refused even after a sign-out and a reload', async () => {
    await rotateAndPutBack();
    const { vault } = await browser.openSignedIn();
    expect(await vault.unlock()).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(vault.state.get()).toMatchObject({ status: 'error' });
  });

  it('is refused with its recovery code as well', async () => {
    const code = await rotateAndPutBack();
    Object.assign(getRow(), { zeroKnowledge: true, serverWrap: null });
    const { vault } = await browser.openSignedIn();
    expect(await vault.unlock()).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(await vault.unlockWithRecoveryCode(code)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(await vault.disableZeroKnowledge(code)).toMatchObject({ code: 'VAULT_UNREADABLE' });
    expect(await vault.rotateRecoveryCode(code)).toMatchObject({ code: 'VAULT_UNREADABLE' });
  });

  it('is refused on a page without storage, which remembers as long as it is open', async () => {
    const { openVaultWithoutStorage } = browser;
    const { vault } = await openVaultWithoutStorage();
    dataOf(await vault.init());
    const older = structuredClone(getRow());
    dataOf(await vault.rotate());
    dataOf(await vault.lock());
    model.row = older;
    expect(await vault.unlock()).toMatchObject({ code: 'VAULT_UNREADABLE' });
  });

  it("says nothing about another user's", async () => {
    await rotateAndPutBack();
    model.userId = 'grace';
    const { vault } = await browser.openSignedIn();
    expect(dataOf(await vault.unlock())).toMatchObject({ generation: 1 });
  });
});
