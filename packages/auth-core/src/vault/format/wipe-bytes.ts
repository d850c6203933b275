import type { Bytes } from './bytes.ts';

/**
 * Overwrites a secret with zeros. The engine may have copied it before, so this shortens a secret's life
 * and promises no more; what lives longer belongs in a non-extractable `CryptoKey`.
 */
export function wipeBytes(...secrets: readonly Bytes[]): void {
  for (const secret of secrets) secret.fill(0);
}
