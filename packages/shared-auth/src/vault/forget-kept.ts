/**
 * Forgets the keys that this device keeps. A small part of its own, so that a sign-out needs nothing else to
 * load.
 */
export function forgetKept(indexedDb: IDBFactory | undefined, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!indexedDb) return resolve();
    const request = indexedDb.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}
