/** What the vault needs of the platform. */
export interface VaultPlatform {
  /** Undefined where there is none; nothing outlasts the page then. */
  readonly indexedDb: IDBFactory | undefined;
  sleep(ms: number): Promise<void>;
}

/** The platform of this page or process. Never throws. */
export function findVaultPlatform(): VaultPlatform {
  return {
    indexedDb: findIndexedDb(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}

/** Some browsers that may not store anything throw when the property is merely read. */
function findIndexedDb(): IDBFactory | undefined {
  try {
    return typeof indexedDB === 'undefined' ? undefined : indexedDB;
  } catch {
    return undefined;
  }
}
