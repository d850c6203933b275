import type { webcrypto } from 'node:crypto';

/** What auth-core calls by the names of the browser, where Node has the values but no types for them. */
declare global {
  type CryptoKey = webcrypto.CryptoKey;
  type KeyUsage = webcrypto.KeyUsage;
  type HkdfParams = webcrypto.HkdfParams;
}
