import { expect, it } from 'vitest';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { areEqualBytes } from './bytes.ts';

it('notices any difference in any byte, and in length', () => {
  expect(areEqualBytes(secretOf(1), secretOf(1))).toBe(true);
  expect(areEqualBytes(secretOf(1), secretOf(1).slice(1))).toBe(false);
  expect(areEqualBytes(secretOf(1).slice(0, 31), secretOf(1))).toBe(false);
  for (let at = 0; at < 32; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const other = secretOf(1);
      other[at] = (other[at] ?? 0) ^ (1 << bit);
      expect(areEqualBytes(secretOf(1), other)).toBe(false);
    }
  }
});
