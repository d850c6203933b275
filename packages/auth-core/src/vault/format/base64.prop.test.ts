import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeBase64, findBase64 } from './base64.ts';

const RUNS = { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 400) };

it('reads what was written', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const bytes = new Uint8Array(array);
      expect(findBase64(encodeBase64(bytes))).toEqual(bytes);
    }),
    RUNS,
  );
});

it('has one spelling for each value', () => {
  const nearly = fc.stringMatching(/^[A-Za-z0-9+/=\-_ \n]{0,12}$/);
  fc.assert(
    fc.property(fc.oneof(nearly, fc.base64String(), fc.string()), (text) => {
      const bytes = findBase64(text);
      if (bytes !== null) expect(encodeBase64(bytes)).toBe(text);
    }),
    RUNS,
  );
});
