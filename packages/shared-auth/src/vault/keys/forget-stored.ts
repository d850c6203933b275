/**
 * Forgets the keys that this device keeps. A small part of its own, so that a sign-out needs nothing else to
 * load. A browser that refuses its storage has nothing to forget.
 */
export function forgetStored(indexedDb: IDBFactory | undefined, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    try {
      const request = indexedDb?.deleteDatabase(name);
      if (!request) return resolve();
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    } catch {
      resolve();
    }
  });
}
