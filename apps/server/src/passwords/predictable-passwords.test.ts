import { expect, it } from 'vitest';
import { isPredictablePassword } from './predictable-passwords.ts';

it.each([
  '00000000',
  '88888888',
  'aaaaaaaa',
  'AaAaAaAa',
  '12341234',
  '123123123',
  'abcabcabca',
  '12345678',
  '0123456789',
  '1234567890',
  '9876543210',
  '87654321',
  'abcdefgh',
  'ZYXWVUTS',
])('%s is predictable', (password) => {
  expect(isPredictablePassword(password)).toBe(true);
});

it.each(['a quiet correct horse', 'horse12345678', 'abcdefgx', '12344321', 'x'.repeat(64)])(
  '%s is not, by its pattern alone',
  (password) => {
    expect(isPredictablePassword(password)).toBe(false);
  },
);
