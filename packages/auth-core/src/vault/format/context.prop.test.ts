import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Context, encodeContext } from './context.ts';

const RUNS = { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 400) };

/** Few short texts, so that parts often run into one another. */
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'aa', '\0', '\0\0\0\u0001', 'ä'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const contexts: fc.Arbitrary<Context> = fc.record({
  formatVersion: fc.constantFrom(2 as const, 3 as const),
  purpose: fc.constantFrom('master-key', 'recovery', 'passkey', 'field', 'possession'),
  owner: texts.filter((text) => text !== ''),
  kekId: texts,
  generation: fc.integer({ min: -3, max: 3 }),
  location: fc.array(texts, { maxLength: 3 }),
});

it('never encodes two contexts alike', () => {
  fc.assert(
    fc.property(contexts, contexts, (left, right) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(String(encodeContext(left)) === String(encodeContext(right))).toBe(isSame);
    }),
    RUNS,
  );
});

it('never encodes alike what has shifted from one part to the next', () => {
  fc.assert(
    fc.property(contexts, fc.array(texts, { minLength: 2, maxLength: 4 }), (context, location) => {
      const joined = [location.slice(0, 2).join(''), ...location.slice(2)];
      const shifted = { ...context, location: joined };
      expect(encodeContext(shifted)).not.toEqual(encodeContext({ ...context, location }));
    }),
    RUNS,
  );
});
