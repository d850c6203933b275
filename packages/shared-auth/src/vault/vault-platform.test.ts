import { afterEach, expect, it } from 'vitest';
import { findVaultPlatform } from './vault-platform.ts';

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'indexedDB');
});

it('does without storage in a browser that throws when it is accessed', () => {
  Object.defineProperty(globalThis, 'indexedDB', {
    configurable: true,
    get() {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    },
  });
  expect(findVaultPlatform().indexedDb).toBe(undefined);
});
