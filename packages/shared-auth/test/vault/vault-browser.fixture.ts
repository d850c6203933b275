import { IDBFactory } from 'fake-indexeddb';
import type { AuthClient } from '../../src/client/auth-client.ts';
import type { StoredKeys } from '../../src/vault/keys/key-store.ts';
import { createTestClient, dataOf } from '../test-client.fixture.ts';
import type { VaultModel } from './vault-model.fixture.ts';

const URL = 'http://auth.example.org';
const STORED_KEYS = `mana-auth ${URL} vault`;

/** A browser that is set to store nothing. */
const noStorage = {
  open: refuse,
  deleteDatabase: refuse,
} as unknown as IDBFactory;

function refuse(): never {
  throw new DOMException('The operation is insecure.', 'SecurityError');
}

/** A browser with storage, and tabs that hear each other. */
export function createVaultBrowser(model: VaultModel) {
  const indexedDb = new IDBFactory();
  const storage = new Proxy(indexedDb, {
    get(target, property: keyof IDBFactory) {
      if (property === 'open') onOpen();
      return target[property].bind(target);
    },
  });
  let onOpen = () => undefined as unknown;
  const name = crypto.randomUUID();
  const channels: BroadcastChannel[] = [];
  const sleeps: number[] = [];

  function createChannel(): BroadcastChannel {
    const channel = new BroadcastChannel(name);
    channels.push(channel);
    return channel;
  }

  function openTab(ownStorage: IDBFactory = storage) {
    return createTestClient(URL, {
      fetch: model.fetch,
      tabPlatform: { createChannel },
      vaultPlatform: {
        indexedDb: ownStorage,
        async sleep(ms) {
          sleeps.push(ms);
        },
      },
    });
  }

  async function openSignedIn() {
    return signIn(openTab());
  }

  async function signIn(tab: AuthClient): Promise<AuthClient> {
    dataOf(await tab.login({ email: 'ada@example.org', password: 'a long enough sentence' }));
    return tab;
  }

  /** The contents of the database of stored keys, if there is one. */
  async function readStored(): Promise<readonly StoredKeys[]> {
    const request = indexedDb.open(STORED_KEYS);
    // Reading mustn't create a database.
    request.onupgradeneeded = () => request.transaction?.abort();
    const isThere = await new Promise((resolve) => {
      request.onsuccess = () => resolve(true);
      request.onerror = () => resolve(false);
    });
    if (!isThere) return [];
    const { result: database } = request;
    const entries = database.transaction('entries').objectStore('entries').getAll();
    await new Promise((resolve) => entries.addEventListener('success', resolve));
    database.close();
    return entries.result;
  }

  /** Does `work` before the storage is opened once more, after it has been opened `opens` times. */
  function beforeStorage(opens: number, work: () => Promise<unknown>) {
    let left = opens;
    let running: Promise<unknown> | undefined;
    onOpen = () => {
      if (left === 0) running = work();
      left -= 1;
    };
    return { happened: () => running !== undefined, done: () => running };
  }

  return {
    readStored,
    beforeStorage,
    sleeps,
    openTab,
    openSignedIn,
    openVaultWithoutStorage: () => signIn(openTab(noStorage)),
    close() {
      for (const channel of channels) channel.close();
    },
  };
}

/** What `createVaultBrowser` returns. */
export type VaultBrowser = ReturnType<typeof createVaultBrowser>;
