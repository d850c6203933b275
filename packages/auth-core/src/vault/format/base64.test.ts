import { expect, it } from 'vitest';
import { expectUnreadable } from '../../../test/vault/expect-unreadable.fixture.ts';
import { encodeBase64, findBase64, parseBase64 } from './base64.ts';

/** RFC 4648 section 10. */
const PUBLISHED = [
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
] as const;

it.each(PUBLISHED)('reads and writes %o as RFC 4648 has it', (text, base64) => {
  const bytes = new TextEncoder().encode(text);
  expect(encodeBase64(bytes)).toBe(base64);
  expect(findBase64(base64)).toEqual(bytes);
});

it.each([
  ['padding missing', 'Zg'],
  ['half of the padding missing', 'Zg='],
  ['padding too much', 'Zm9v===='],
  ['padding in between', 'Zg==Zg=='],
  ['bits behind the last byte', 'Zh=='],
  ['bits behind the last but one', 'Zm9='],
  ['a space before', ' Zg=='],
  ['a line break behind', 'Zg==\n'],
  ['a line break in between', 'Zm\r\n9v'],
  ['the URL alphabet', '-_-_'],
  ['a character of none', 'Zm9*'],
  ['a letter beyond ASCII', 'Zm9ü'],
  ['a NUL behind', 'Zm9v\0'],
])('refuses base64 with %s', async (_, text) => {
  expect(findBase64(text)).toBeNull();
  await expectUnreadable(async () => parseBase64(text));
});

it('writes more bytes than a call has arguments', () => {
  const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251);
  expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  expect(parseBase64(encodeBase64(bytes))).toEqual(bytes);
});
