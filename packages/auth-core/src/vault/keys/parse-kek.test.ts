import { expect, it } from 'vitest';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { encodeBase64 } from '../format/base64.ts';
import { parseKek } from './parse-kek.ts';

it('reads 32 bytes of base64', () => {
  expect(parseKek(encodeBase64(secretOf(7)))).toEqual(secretOf(7));
});

it.each([
  ['nothing', ''],
  ['31 bytes', encodeBase64(new Uint8Array(31).fill(9))],
  ['33 bytes', encodeBase64(new Uint8Array(33).fill(9))],
  ['hex', '09'.repeat(32)],
  ['a line break after', `${encodeBase64(secretOf(7))}\n`],
  ['its padding cut off', encodeBase64(secretOf(7)).slice(0, -1)],
])('refuses %s, and reveals nothing of it', (_, text) => {
  let message = '';
  try {
    parseKek(text);
  } catch (error) {
    if (error instanceof TypeError) message = error.message;
  }
  expect(message).toBe(
    'A key-encryption key is 32 random bytes in base64: 44 characters, the last one =',
  );
});
