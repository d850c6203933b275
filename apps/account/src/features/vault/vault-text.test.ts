import { expect, test } from 'vitest';
import { describeVaultAction, findVaultReason } from './vault-text.ts';

test('what was done is put in plain text, even what this version does not know', () => {
  expect(describeVaultAction('zk_enable')).toBe('Zero knowledge turned on');
  expect(describeVaultAction('failed_fetch')).toBe('Unlocking failed');
  for (const action of ['moved_to_the_moon', 'toString', '']) {
    expect(describeVaultAction(action)).toBe('Something happened in your vault');
  }
});

test('a failure says why, if that can be said', () => {
  expect(findVaultReason('VAULT_CONFLICT')).toBe('it was changed elsewhere first');
  for (const status of ['OK', 'toString', 'A_CODE_FROM_BEFORE', null]) {
    expect(findVaultReason(status)).toBeUndefined();
  }
});
