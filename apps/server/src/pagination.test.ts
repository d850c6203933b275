import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTimePosition, formatTimeCursor } from './pagination.ts';

describe('a cursor', () => {
  it('restores the position that it was made from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), fc.uuid(), (micros, id) => {
        const position = { micros: String(micros), id };
        expect(findTimePosition(formatTimeCursor(position))).toEqual(position);
      }),
    );
  });

  it.each(['', '_', `1_`, `_${randomUUID()}`, `-1_${randomUUID()}`, `1_${randomUUID()} `, '1_x'])(
    'is nothing else: %j',
    (cursor) => {
      expect(findTimePosition(cursor)).toBeUndefined();
    },
  );
});
