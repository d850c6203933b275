import { describe, expect, it } from 'vitest';
import { isArray, readElements, readNumber, readProperty, readString } from './safe-read.ts';

const { proxy: revoked, revoke } = Proxy.revocable([], {});
revoke();
const getter = Object.defineProperty({}, 'x', {
  get: () => {
    throw new Error('trap');
  },
});

describe('a property', () => {
  it.each([
    ['of an object', { x: 1 }],
    ['of a function', Object.assign(() => 0, { x: 1 })],
  ])('%s is read', (_what, value) => {
    expect(readProperty(value, 'x')).toBe(1);
  });

  it('of anything else, or behind a trap, reads as undefined', () => {
    for (const value of [null, undefined, 'text', 7, true, revoked, getter]) {
      expect(readProperty(value, 'x')).toBeUndefined();
    }
  });

  it("of a primitive isn't one of its prototype", () => {
    expect(readProperty('text', 'length')).toBeUndefined();
  });

  it('is a string or a finite number only where it is one', () => {
    const value = {
      text: 'a',
      number: 1,
      big: 1n,
      endless: Number.POSITIVE_INFINITY,
      numeral: '1',
    };
    expect(readString(value, 'text')).toBe('a');
    expect(readString(value, 'number')).toBeUndefined();
    expect(readNumber(value, 'number')).toBe(1);
    for (const key of ['text', 'big', 'endless', 'numeral']) {
      expect(readNumber(value, key), key).toBeUndefined();
    }
  });
});

describe('elements', () => {
  it('are the first of an array, up to the limit', () => {
    expect(readElements([1, 2, 3], 2)).toEqual([1, 2]);
    expect(readElements([1, 2], 2)).toEqual([1, 2]);
    expect(readElements([1], 2)).toEqual([1]);
  });

  it('are none of anything else', () => {
    for (const value of [{ length: 1, 0: 'a' }, 'a', null, revoked]) {
      expect(readElements(value, 5)).toEqual([]);
      expect(isArray(value)).toBe(false);
    }
  });
});
