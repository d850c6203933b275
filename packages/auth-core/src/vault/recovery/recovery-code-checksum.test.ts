import { describe, expect, it } from 'vitest';
import { hasChecksum, remainderOf, toChecksum } from './recovery-code-checksum.ts';

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CODE_SYMBOLS = 60;

/** BIP 173: a prefix counts as its high bits, a zero, and its low bits. */
function toSymbols(text: string): number[] {
  const at = text.lastIndexOf('1');
  const prefix = Array.from(text.slice(0, at).toLowerCase(), (one) => one.charCodeAt(0));
  const rest = Array.from(text.slice(at + 1).toLowerCase(), (one) => BECH32.indexOf(one));
  return [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...rest];
}

it.each([
  'A1LQFN3A',
  'a1lqfn3a',
  'an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6',
  'abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx',
  `11${'l'.repeat(82)}ludsr8`,
  'split1checkupstagehandshakeupstreamerranterredcaperredlc445v',
  '?1v759aa',
])('accepts the checksum that BIP 350 publishes for %s, and computes it too', (text) => {
  const symbols = toSymbols(text);
  expect(hasChecksum(symbols)).toBe(true);
  expect(toChecksum(symbols.slice(0, -6))).toEqual(symbols.slice(-6));
});

it.each([
  ['M1VUXWEZ', 'made from the prefix in capitals'],
  ['A12UEL5L', 'made as in BIP 173'],
  ['split1cheo2y9e2w', 'made from something else'],
])('refuses %s, %s', (text) => {
  expect(hasChecksum(toSymbols(text))).toBe(false);
});

/**
 * Which errors are found doesn't depend on the code: the remainder is linear, so an error is missed only
 * if its own remainder, without the start value, is zero. So each is tried once, for all codes.
 */
describe('the checksum of a code of 60 symbols', () => {
  const start = remainderOf(Array.from({ length: CODE_SYMBOLS }, () => 0));

  function errorOf(...changes: readonly [position: number, difference: number][]): number {
    const symbols = Array.from({ length: CODE_SYMBOLS }, () => 0);
    for (const [position, difference] of changes) symbols[position] = difference;
    return remainderOf(symbols) ^ start;
  }

  /** 60 times 31. */
  const singles = Array.from({ length: CODE_SYMBOLS }, (_, position) =>
    Array.from({ length: 31 }, (__, less) => errorOf([position, less + 1])),
  );

  it('is linear: the error of two wrong symbols is the sum of theirs', () => {
    for (const [one, other, a, b] of [
      [0, 59, 1, 31],
      [7, 8, 19, 19],
      [30, 53, 5, 2],
    ] as const) {
      const sum = (singles[one]?.[a - 1] ?? 0) ^ (singles[other]?.[b - 1] ?? 0);
      expect(errorOf([one, a], [other, b])).toBe(sum);
    }
  });

  it('finds each of the 1,860 single errors', () => {
    expect(singles.flat()).toHaveLength(1860);
    expect(singles.flat()).not.toContain(0);
  });

  it('finds each swap of two different symbols, wherever they are', () => {
    let swaps = 0;
    for (const [one, ofOne] of singles.entries()) {
      for (const ofOther of singles.slice(one + 1)) {
        for (const [index, error] of ofOne.entries()) {
          swaps += 1;
          if ((error ^ (ofOther[index] ?? 0)) === 0) expect.fail(`a swap at ${one}`);
        }
      }
    }
    expect(swaps).toBe(1770 * 31);
  });

  it('finds every error in up to four symbols, as no two errors in up to two share a remainder', () => {
    const remainders = [0, ...singles.flat()];
    for (const [one, ofOne] of singles.entries()) {
      for (const ofOther of singles.slice(one + 1)) {
        for (const a of ofOne) for (const b of ofOther) remainders.push(a ^ b);
      }
    }
    expect(remainders).toHaveLength(1 + 1860 + 1770 * 31 * 31);
    const sorted = Int32Array.from(remainders).sort();
    const isTwice = sorted.some((remainder, index) => remainder === sorted[index + 1]);
    expect(isTwice).toBe(false);
  });
});
