import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recoveryCode } from '../../../test/vault/second-implementation.fixture.ts';
import { formatRecoveryCode, parseRecoveryCode } from './recovery-code.ts';

const RUNS = { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 50) };
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const secrets = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((array) => new Uint8Array(array));
const positions = fc.nat({ max: 59 });

it('reads what it formats, as the second implementation does', () => {
  fc.assert(
    fc.property(secrets, (secret) => {
      const code = formatRecoveryCode(secret);
      expect(parseRecoveryCode(code)).toEqual(secret);
      expect(code).toBe(recoveryCode(Buffer.from(secret)));
    }),
    RUNS,
  );
});

it('refuses a code with up to four wrong characters', () => {
  const error = fc.record({ position: positions, character: fc.constantFrom(...ALPHABET) });
  const errors = fc.uniqueArray(error, {
    minLength: 1,
    maxLength: 4,
    selector: ({ position }) => position,
  });
  fc.assert(
    fc.property(secrets, errors, (secret, wrong) => {
      const code = Array.from(formatRecoveryCode(secret).replaceAll('-', ''));
      const typed = [...code];
      for (const { position, character } of wrong) typed[position] = character;
      fc.pre(typed.join('') !== code.join(''));
      expect(() => parseRecoveryCode(typed.join(''))).toThrow('At least one character is wrong');
    }),
    RUNS,
  );
});

it('refuses a code with two characters swapped, or two pairs', () => {
  fc.assert(
    fc.property(secrets, positions, positions, positions, positions, (secret, ...places) => {
      const code = Array.from(formatRecoveryCode(secret).replaceAll('-', ''));
      for (const swaps of [places.slice(0, 2), places]) {
        fc.pre(new Set(swaps).size === swaps.length);
        const typed = [...code];
        for (let index = 0; index < swaps.length; index += 2) {
          const [one = 0, other = 0] = swaps.slice(index);
          [typed[one], typed[other]] = [code[other] ?? '', code[one] ?? ''];
        }
        if (typed.join('') === code.join('')) continue;
        expect(() => parseRecoveryCode(typed.join(''))).toThrow('At least one character is wrong');
      }
    }),
    RUNS,
  );
});

it('reads a code in any case with any separators, and nothing else', () => {
  const separators = fc.constantFrom('', '', '-', ' ', '\n', ' - ', '\u2014', '\u00a0');
  const cases = fc.infiniteStream(fc.tuple(fc.boolean(), separators));
  fc.assert(
    fc.property(secrets, cases, (secret, stream) => {
      const typed = Array.from(formatRecoveryCode(secret).replaceAll('-', ''), (character) => {
        const [isSmall, separator] = stream.next().value;
        return (isSmall ? character.toLowerCase() : character) + separator;
      });
      expect(parseRecoveryCode(typed.join(''))).toEqual(secret);
    }),
    RUNS,
  );
});

it('refuses anything else in the same way', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 80 })), (text) => {
      expect(() => parseRecoveryCode(text)).toThrow("That isn't a valid recovery code.");
    }),
    RUNS,
  );
});
