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

it.each(PUBLISHED)('reads and writes %o as in RFC 4648', (text, base64) => {
  const bytes = new TextEncoder().encode(text);
  expect(encodeBase64(bytes)).toBe(base64);
  expect(findBase64(base64)).toEqual(bytes);
});

it.each([
  ['missing padding', 'Zg'],
  ['half of the padding missing', 'Zg='],
  ['surplus padding', 'Zm9v===='],
  ['padding in the middle', 'Zg==Zg=='],
  ['bits after the last byte', 'Zh=='],
  ['bits after the last byte but one', 'Zm9='],
  ['a space before', ' Zg=='],
  ['a line break after', 'Zg==\n'],
  ['a line break in the middle', 'Zm\r\n9v'],
  ['the URL alphabet', '-_-_'],
  ['a character of no alphabet', 'Zm9*'],
  ['a letter beyond ASCII', 'Zm9ü'],
  ['a NUL after', 'Zm9v\0'],
])('refuses base64 with %s', async (_, text) => {
  expect(findBase64(text)).toBeNull();
  await expectUnreadable(async () => parseBase64(text));
});

it('writes more bytes than a call can have arguments', () => {
  const bytes = new Uint8Array(1_000_000).map((_, index) => index % 251);
  expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  expect(parseBase64(encodeBase64(bytes))).toEqual(bytes);
});
