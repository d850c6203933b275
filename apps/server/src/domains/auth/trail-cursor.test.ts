import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTrailPosition, formatTrailCursor } from './trail-cursor.ts';

describe('a cursor of the trail', () => {
  it('brings back the place that it was made of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 }), fc.uuid(), (micros, id) => {
        const position = { micros: String(micros), id };
        expect(findTrailPosition(formatTrailCursor(position))).toEqual(position);
      }),
    );
  });

  it.each(['', '_', `1_`, `_${randomUUID()}`, `-1_${randomUUID()}`, `1_${randomUUID()} `, '1_x'])(
    'is nothing else: %j',
    (cursor) => {
      expect(findTrailPosition(cursor)).toBeUndefined();
    },
  );
});
