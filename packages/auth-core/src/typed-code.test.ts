import { describe, expect, it } from 'vitest';
import { normalizeTypedCode } from './typed-code.ts';

describe('normalizeTypedCode', () => {
  it('reads the ten digits of every script as 0 to 9', () => {
    const digits = Array.from({ length: 0x20000 }, (_, codePoint) => codePoint)
      .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
      .map((codePoint) => String.fromCodePoint(codePoint))
      .filter((character) => /\p{Decimal_Number}/u.test(character));
    expect(digits.length % 10).toBe(0);
    expect(digits.length).toBeGreaterThan(600);
    expect(digits.map(normalizeTypedCode).join('')).toBe('0123456789'.repeat(digits.length / 10));
  });

  it.each([
    ['１２３４５６', '123456'],
    ['١٢٣ ٤٥٦', '123456'],
    ['ＡＢＣ－ｘｙｚ', 'ABCxyz'],
    ['a-b‐c‑d‒e–f—g―h−i﹣j－k⁻lーm', 'abcdefghijklm'],
    ['\u200e\ufeff12\u200b3\u00ad4\u2060\ufe0f5\u20286\u202c\u3164\u034f', '123456'],
    ['\t1\u00a02\u3000 3\n', '123'],
    ['123456.', '123456'],
    ['123456。', '123456'],
    [' 123456 . ', '123456'],
    ['123.456', '123.456'],
    ['k3vqa-x7m2d', 'k3vqax7m2d'],
    ['a\u0301', '\u00e1'],
    ['', ''],
  ])('reads %j as %j', (typed, code) => {
    expect(normalizeTypedCode(typed)).toBe(code);
  });

  it('leaves what is normal as it is', () => {
    const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
    expect(normalizeTypedCode(all)).toBe(all);
  });
});
