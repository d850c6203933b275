/** What of the platform the vault wants. */
export interface VaultPlatform {
  /** Undefined where there is none: nothing outlasts the page then. */
  readonly indexedDb: IDBFactory | undefined;
  sleep(ms: number): Promise<void>;
}
