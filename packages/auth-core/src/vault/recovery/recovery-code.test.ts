import { expect, it } from 'vitest';
import { secretOf } from '../../../test/vault/secret.fixture.ts';
import { AuthError } from '../../errors/codes/auth-error.ts';
import { formatRecoveryCode, generateRecoverySecret, parseRecoveryCode } from './recovery-code.ts';
import { toChecksum } from './recovery-code-checksum.ts';

const SECRET = secretOf(0x60);
const CODE = formatRecoveryCode(SECRET);
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function messageFor(text: string): string {
  try {
    parseRecoveryCode(text);
  } catch (error) {
    if (error instanceof AuthError && error.code === 'VALIDATION') {
      expect(error.path).toBe('recoveryCode');
      return error.message;
    }
  }
  return expect.fail('It was read, or refused otherwise');
}

it('formats twelve groups of five on one line of plain ASCII, without look-alikes', () => {
  expect(CODE).toMatch(/^M1[0-9A-HJKMNP-TV-Z]{3}(-[0-9A-HJKMNP-TV-Z]{5}){11}$/);
  expect(parseRecoveryCode(CODE)).toEqual(SECRET);
});

it.each([
  ['in lower case', CODE.toLowerCase()],
  ['without dashes', CODE.replaceAll('-', '')],
  ['with spaces for dashes', CODE.replaceAll('-', ' ')],
  ['with a space after each character', Array.from(CODE).join(' ')],
  ['with line breaks and tabs', `\n\t${CODE.replaceAll('-', '\r\n')}\n`],
  ['with the dashes of a word processor', CODE.replaceAll('-', '\u2013')],
  ['with minus signs', CODE.replaceAll('-', '\u2212')],
  ['with non-breaking hyphens', CODE.replaceAll('-', '\u2011')],
  ['with soft hyphens, which are invisible', CODE.replaceAll('-', '\u00ad')],
  ['with non-breaking spaces', CODE.replaceAll('-', '\u00a0')],
  ['with a byte order mark and zero-width spaces', `\ufeff${CODE.replaceAll('-', '\u200b')}`],
  ['with full-width letters', CODE.replace(/[0-9A-Z]/g, (one) => toFullWidth(one))],
  ['with O for 0', CODE.replaceAll('0', 'O')],
  ['with o for 0', CODE.replaceAll('0', 'o')],
  ['with I for 1', CODE.replaceAll('1', 'I')],
  ['with l for 1', CODE.replaceAll('1', 'l')],
  ['with U for V', CODE.replaceAll('V', 'U')],
])('reads a code typed %s', (_, typed) => {
  expect(parseRecoveryCode(typed)).toEqual(SECRET);
});

it.each([
  ['64 digits', Buffer.from(SECRET).toString('hex')],
  ['capitals', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ['groups', Buffer.from(SECRET).toString('hex').replace(/.{8}/g, '$& ')],
  ['letters that look like digits', Buffer.from(SECRET).toString('hex').replaceAll('0', 'O')],
])('reads the older form: %s', (_, typed) => {
  expect(parseRecoveryCode(typed)).toEqual(SECRET);
});

it("says what is wrong with anything that isn't a code", () => {
  expect(messageFor('')).toContain('It has 0 characters');
  expect(messageFor('0')).toContain('It has 1 character;');
  expect(messageFor(CODE.slice(0, -1))).toContain('It has 59 characters');
  expect(messageFor(`${CODE}0`)).toContain('It has 61 characters');
  expect(messageFor('ab'.repeat(31))).toContain('It has 62 characters');
  expect(messageFor(CODE.replace('M', '*'))).toContain('a character that no recovery code has');
  expect(messageFor(CODE.replace('M', '\u{1f600}'))).toContain('a character that no');
  expect(messageFor(`N${CODE.slice(1)}`)).toContain('At least one character is wrong');
});

it.each([
  ['another head', [22, 1]],
  ['a later version', [20, 2]],
])('refuses a code with %s, even if its checksum is right', (_, head) => {
  expect(messageFor(toCode([...head, ...Array.from({ length: 52 }, () => 0)]))).toContain(
    'of an unknown kind',
  );
});

it('refuses a code with bits after the secret, so that each secret has one code', () => {
  const zeros = Array.from({ length: 51 }, () => 0);
  expect(parseRecoveryCode(toCode([20, 1, ...zeros, 16]))).toEqual(new Uint8Array(32).fill(1, 31));
  for (const last of [1, 2, 4, 8, 15, 17]) {
    expect(messageFor(toCode([20, 1, ...zeros, last]))).toContain('of an unknown kind');
  }
});

it('makes a new secret each time, and a code only of 32 bytes', () => {
  expect(new Set(Array.from({ length: 100 }, () => String(generateRecoverySecret()))).size).toBe(
    100,
  );
  expect(generateRecoverySecret()).toHaveLength(32);
  expect(() => formatRecoveryCode(new Uint8Array(31))).toThrow(TypeError);
});

function toCode(symbols: readonly number[]): string {
  return [...symbols, ...toChecksum(symbols)].map((symbol) => ALPHABET.charAt(symbol)).join('');
}

function toFullWidth(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + 0xfee0);
}
