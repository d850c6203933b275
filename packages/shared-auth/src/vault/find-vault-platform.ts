import type { VaultPlatform } from './vault-platform.ts';

export function findVaultPlatform(): VaultPlatform {
  return {
    indexedDb: typeof indexedDB === 'undefined' ? undefined : indexedDB,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
