import type { VaultPlatform } from './vault-platform.ts';

export function findVaultPlatform(): VaultPlatform {
  return {
    indexedDb: findIndexedDb(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

/** Some browsers that may store nothing throw when it is only looked for. */
function findIndexedDb(): IDBFactory | undefined {
  try {
    return typeof indexedDB === 'undefined' ? undefined : indexedDB;
  } catch {
    return undefined;
  }
}
