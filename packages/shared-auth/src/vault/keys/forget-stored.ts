/**
 * Deletes the keys stored on this device. In a file of its own, so that a sign-out needn't load the rest of
 * the vault. A browser that refuses access to its storage has nothing to delete.
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
