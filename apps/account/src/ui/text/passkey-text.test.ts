import { expect, test } from 'vitest';
import { describePasskeyStorage } from './passkey-text.ts';

test.each([
  ['MacBook', 'iCloud Keychain', 'synced', 'iCloud Keychain · synced across your devices'],
  ['iCloud Keychain', 'iCloud Keychain', 'synced', 'synced across your devices'],
  ['Office key', 'YubiKey 5', 'device-bound', 'YubiKey 5 · on one device only'],
  ['Passkey', null, 'device-bound', 'on one device only'],
] as const)('%s in %s, %s: %s', (name, authenticatorName, kind, words) => {
  expect(describePasskeyStorage({ name, authenticatorName, kind })).toBe(words);
});
