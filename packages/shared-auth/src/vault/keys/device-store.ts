const STORE = 'entries';

/** Values by name, on this device. Every call opens the database and closes it, so that none is in the way. */
export interface DeviceStore {
  /** Undefined also where the browser keeps nothing. */
  find(key: string): Promise<unknown>;
  /** Whether it is kept. */
  put(key: string, value: unknown): Promise<boolean>;
  /** Whether it is there no more. */
  remove(key: string): Promise<boolean>;
}

export function createDeviceStore(indexedDb: IDBFactory | undefined, name: string): DeviceStore {
  async function use<T>(
    mode: IDBTransactionMode,
    call: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T | undefined> {
    if (!indexedDb) throw new Error('There is no IndexedDB');
    const database = await open(indexedDb, name);
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        const request = call(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(request.result);
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
      // A deletion doesn't wait for us.
      database.onversionchange = () => database.close();
      resolve(database);
    };
  });
}
