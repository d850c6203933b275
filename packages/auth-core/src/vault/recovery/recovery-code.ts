import { AuthError } from '../../errors/codes/auth-error.ts';
import { normalizeTypedCode } from '../../typed-code.ts';
import type { Bytes } from '../format/bytes.ts';
import { expectSecret, SECRET_BYTES } from '../format/secret.ts';
import { CHECKSUM_SYMBOLS, hasChecksum, toChecksum } from './recovery-code-checksum.ts';

/** Crockford's: no I, L, O or U, which people read as 1, 1, 0 and V. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BITS = 5;
/** `M` for the kind of code, `1` for its version. */
const HEAD = 'M1';
const SECRET_SYMBOLS = Math.ceil((SECRET_BYTES * 8) / BITS);
const CODE_SYMBOLS = HEAD.length + SECRET_SYMBOLS + CHECKSUM_SYMBOLS;
const GROUP = /.{5}(?!$)/g;
const HEX = /^[0-9A-F]{64}$/;

/** A new recovery secret: 32 random bytes. The caller wipes them. */
export function generateRecoverySecret(): Bytes {
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
}

/**
 * A recovery secret for people: 60 characters in twelve groups of five, plain ASCII on one line. It
 * contains a version and a checksum that finds up to four wrong characters (`toChecksum`).
 */
export function formatRecoveryCode(secret: Bytes): string {
  expectSecret(secret, 'A recovery secret');
  const symbols = [...toSymbols(HEAD), ...packSymbols(secret)];
  const code = [...symbols, ...toChecksum(symbols)].map((symbol) => ALPHABET[symbol]).join('');
  return code.replace(GROUP, '$&-');
}

/**
 * Reads a recovery code however sloppily it was typed (`normalizeTypedCode`): in any case, and with I, L, O
 * and U for what they look like. The older form of 64 hex digits, which has no checksum, is
 * accepted too.
 *
 * Throws VALIDATION, with a message for people, for anything else. The caller wipes the 32 bytes.
 */
export function parseRecoveryCode(text: string): Bytes {
  const typed = normalizeTypedCode(text).toUpperCase();
  const code = typed.replace(/[IL]/g, '1').replace(/O/g, '0');
  if (HEX.test(code)) return parseHex(code);

  const symbols = toSymbols(code.replace(/U/g, 'V'));
  if (symbols.includes(-1)) throw toMistyped('It has a character that no recovery code has.');
  if (symbols.length !== CODE_SYMBOLS) {
    const has = symbols.length === 1 ? '1 character' : `${symbols.length} characters`;
    throw toMistyped(`It has ${has}; there should be ${CODE_SYMBOLS}, or 64 in an older one.`);
  }
  if (!hasChecksum(symbols)) throw toMistyped('At least one character is wrong.');
  const head = toSymbols(HEAD);
  if (head.some((symbol, index) => symbol !== symbols[index])) {
    throw toMistyped('It is of an unknown kind.');
  }
  return unpackSymbols(symbols.slice(HEAD.length, -CHECKSUM_SYMBOLS));
}

function toSymbols(code: string): number[] {
  return Array.from(code, (character) => ALPHABET.indexOf(character));
}

/** The bits from the highest of the first byte, five at a time, with four zeros at the end. */
function packSymbols(bytes: Bytes): number[] {
  let value = bytes.reduce((whole, byte) => (whole << 8n) | BigInt(byte), 0n);
  value <<= BigInt(SECRET_SYMBOLS * BITS - SECRET_BYTES * 8);
  return Array.from({ length: SECRET_SYMBOLS }, (_, index) =>
    Number((value >> BigInt(BITS * (SECRET_SYMBOLS - 1 - index))) & 31n),
  );
}

function unpackSymbols(symbols: readonly number[]): Bytes {
  const padding = BigInt(SECRET_SYMBOLS * BITS - SECRET_BYTES * 8);
  const value = symbols.reduce((whole, symbol) => (whole << 5n) | BigInt(symbol), 0n);
  if (value & ((1n << padding) - 1n)) throw toMistyped('It is of an unknown kind.');
  return parseHex((value >> padding).toString(16).padStart(SECRET_BYTES * 2, '0'));
}

function parseHex(hex: string): Bytes {
  return Uint8Array.from({ length: SECRET_BYTES }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

function toMistyped(detail: string): AuthError {
  return new AuthError('VALIDATION', {
    path: 'recoveryCode',
    message: `That isn't a valid recovery code. ${detail}`,
  });
}
