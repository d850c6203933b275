import { IDBFactory } from 'fake-indexeddb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { assembleAuthClient } from '../../src/client/assemble-auth-client.ts';
import { createAuthClient } from '../../src/client.ts';
import { findVaultPlatform } from '../../src/vault/vault-platform.ts';
import { createBrowserFetch } from '../browser-fetch.fixture.ts';
import { type RunningServer, startRunningServer } from '../running-server.fixture.ts';
import { dataOf } from '../test-client.fixture.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startRunningServer();
});
afterAll(() => server.stop());

const password = 'a long enough sentence';
const location = { recordId: 'note-1', field: 'body' };
let count = 0;
let email: string;
beforeEach(async () => {
  count += 1;
  email = `vaulter${count}@example.org`;
  const client = createAuthClient({ url: server.url });
  dataOf(await client.register({ email, password, name: 'Ada' }));
  dataOf(await client.verifyEmail({ token: await server.findMailedToken(email), password }));
});

/** What a device stores: cookies and IndexedDB. */
function createDevice() {
  return { jar: new Map<string, string>(), indexedDb: new IDBFactory() };
}

function openPage({ jar, indexedDb } = createDevice()) {
  return assembleAuthClient({
    url: server.url,
    fetch: createBrowserFetch(server.url, jar).fetch,
    tabPlatform: {},
    passkeyPlatform: undefined,
    vaultPlatform: { ...findVaultPlatform(), indexedDb },
    now: () => Date.now(),
    requestTimeoutMs: 15_000,
  });
}

async function openSignedIn(device = createDevice()) {
  const client = openPage(device);
  dataOf(await client.login({ email, password }));
  return client;
}

it('creates a vault once, and decrypts on another device what was encrypted on the first', async () => {
  const { vault } = await openSignedIn();
  expect(await vault.unlock()).toMatchObject({ code: 'VAULT_NOT_INITIALISED' });
  expect(vault.state.get()).toEqual({ status: 'absent' });
  dataOf(await vault.init());
  expect(vault.state.get()).toMatchObject({ status: 'unlocked', generation: 1 });
  const value = dataOf(await vault.encryptValue({ ...location, value: 'Grüße' }));

  const other = await openSignedIn();
  dataOf(await other.vault.init());
  expect(dataOf(await other.vault.decryptValue({ ...location, value }))).toBe('Grüße');
  expect(dataOf(await vault.status())).toMatchObject({ initialised: true, revision: 1 });
  const { entries } = dataOf(await vault.audit());
  expect(entries.map(({ action }) => action)).toContain('init');
});

it('turns zero-knowledge mode on and off, with the code and no other', async () => {
  const device = createDevice();
  const client = await openSignedIn(device);
  const { vault } = client;
  dataOf(await vault.init());
  const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
  const code = dataOf(await vault.setupRecoveryCode());
  expect(dataOf(await vault.enableZeroKnowledge(code))).toMatchObject({ zeroKnowledge: true });
  expect(vault.state.get()).toMatchObject({ status: 'unlocked', zeroKnowledge: true });
  expect(await vault.rotate()).toMatchObject({ code: 'ZK_ROTATE_FORBIDDEN' });
  expect(await vault.clearRecoveryCode()).toMatchObject({ code: 'ZK_ACTIVE' });

  dataOf(await client.logout());
  const { vault: later } = await openSignedIn(device);
  expect(dataOf(await later.unlock())).toEqual({ status: 'awaiting-recovery-code' });
  dataOf(await later.unlockWithRecoveryCode(code));
  expect(dataOf(await later.decryptValue({ ...location, value }))).toBe('mine');

  const next = dataOf(await later.rotateRecoveryCode(code));
  dataOf(await later.confirmRecoveryCode(next));
  const { vault: third } = await openSignedIn();
  expect(await third.unlockWithRecoveryCode(code)).toMatchObject({ code: 'VAULT_UNREADABLE' });
  dataOf(await third.disableZeroKnowledge(next));
  expect(third.state.get()).toMatchObject({ status: 'unlocked', zeroKnowledge: false });
  expect(dataOf(await third.decryptValue({ ...location, value }))).toBe('mine');
  expect(dataOf(await later.status())).toMatchObject({ zeroKnowledge: false });
});

it('rotates, and still decrypts here what was encrypted before', async () => {
  const { vault } = await openSignedIn();
  const { vault: other } = await openSignedIn();
  for (const one of [vault, other]) dataOf(await one.init());
  const value = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
  expect(dataOf(await vault.rotate())).toMatchObject({ status: 'unlocked', generation: 2 });
  expect(dataOf(await vault.decryptValue({ ...location, value }))).toBe('mine');
  const updated = dataOf(await vault.encryptValue({ ...location, value: 'mine' }));
  expect(updated).toMatch(/^enc:2:2\./);

  dataOf(await other.status());
  expect(other.state.get()).toEqual({ status: 'locked' });
  expect(dataOf(await other.unlock())).toMatchObject({ generation: 2 });
  expect(dataOf(await other.decryptValue({ ...location, value: updated }))).toBe('mine');
});

it('stays unlocked on the device until its user signs out', async () => {
  const device = createDevice();
  const client = await openSignedIn(device);
  dataOf(await client.vault.init({ stayUnlocked: true }));
  const reloaded = openPage(device);
  expect(dataOf(await reloaded.vault.unlock())).toMatchObject({ keptOnDevice: true });
  dataOf(await reloaded.logout());
  const { vault } = await openSignedIn(device);
  expect(dataOf(await vault.unlock())).toMatchObject({ keptOnDevice: false });
});

it('stores notes that only a browser can read, and refuses those under a key that is gone', async () => {
  const { vault, notes } = await openSignedIn();
  dataOf(await vault.init());
  const id = crypto.randomUUID();
  const texts = { title: 'Grüße', body: '' };
  const sealed = dataOf(await vault.encryptFields({ recordId: id, fields: texts }));
  const { note } = dataOf(await notes.create({ id, ...sealed }));
  expect(note).toMatchObject({ id, ...sealed, revision: 1 });

  const other = await openSignedIn();
  dataOf(await other.vault.init());
  const [listed] = dataOf(await other.notes.list()).notes;
  const { title = '', body = '' } = listed ?? {};
  expect(
    dataOf(await other.vault.decryptFields({ recordId: id, fields: { title, body } })),
  ).toEqual(texts);
  dataOf(await vault.rotate());
  const late = dataOf(await other.vault.encryptFields({ recordId: id, fields: texts }));
  expect(await other.notes.update({ id, ...late, revision: 1 })).toMatchObject({
    code: 'VAULT_CONFLICT',
  });
  expect(dataOf(await notes.remove({ id }))).toEqual({ removed: true });
  expect(dataOf(await other.notes.list({ limit: 1 })).notes).toEqual([]);
});
