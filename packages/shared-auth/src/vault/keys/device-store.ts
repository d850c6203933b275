const STORE = 'entries';

/**
 * Values by name, on this device. Every call opens and closes the database, so that none stands in the way of
 * its deletion.
 */
export interface DeviceStore {
  /** Undefined also where the browser can't store anything. */
  find(key: string): Promise<unknown>;
  /** Whether it is now stored. */
  put(key: string, value: unknown): Promise<boolean>;
  /** Whether it is now gone. */
  remove(key: string): Promise<boolean>;
}

/** The store in the database of this name. Its calls never reject. */
export function createDeviceStore(indexedDb: IDBFactory | undefined, name: string): DeviceStore {
  async function use<T>(
    mode: IDBTransactionMode,
    request: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T | undefined> {
    if (!indexedDb) throw new Error('There is no IndexedDB');
    const database = await open(indexedDb, name);
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        const requested = request(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(requested.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  }

  return {
    find: (key) => use('readonly', (store) => store.get(key)).catch(() => undefined),
    put: (key, value) => isDone(use('readwrite', (store) => store.put(value, key))),
    remove: (key) => isDone(use('readwrite', (store) => store.delete(key))),
  };
}

function isDone(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function open(indexedDb: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDb.open(name, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore(STORE);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const { result: database } = request;
      // Lets a deletion go ahead.
      database.onversionchange = () => database.close();
      resolve(database);
    };
  });
}
