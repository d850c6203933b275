import fc from 'fast-check';
import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import { transformer } from './transformer.ts';

const { deserialize } = transformer.input;

describe('inputs as superjson', () => {
  it.each([[undefined], [{ a: 1, b: [null, 'x', true] }], [{ at: new Date(0), gone: undefined }]])(
    'take JSON, dates and undefined: %j',
    (value) => {
      expect(deserialize(JSON.parse(JSON.stringify(superjson.serialize(value))))).toEqual(value);
    },
  );

  it.each([
    ['a big integer', { json: '9', meta: { values: ['bigint'] } }],
    ['a big integer inside', { json: { a: '9' }, meta: { values: { a: ['bigint'] } } }],
    ['a set', { json: { a: [] }, meta: { values: { a: ['set'] } } }],
    ['a map', { json: { a: [] }, meta: { values: { a: ['map'] } } }],
    ['a regular expression', { json: { a: '/(a+)+$/' }, meta: { values: { a: ['regexp'] } } }],
    ['an error', { json: { a: {} }, meta: { values: { a: ['Error'] } } }],
    ['a class', { json: {}, meta: { values: ['class', 'Foo'] } }],
    ['a symbol', { json: { a: 'x' }, meta: { values: { a: [['symbol', 'x']] } } }],
    [
      'a nested annotation',
      { json: { a: ['x'] }, meta: { values: { a: ['set', { 0: ['Date'] }] } } },
    ],
    ['references', { json: { a: {}, b: null }, meta: { referentialEqualities: { a: ['b'] } } }],
    ['a prototype', { json: { a: 1 }, meta: { values: { '__proto__.a': ['Date'] } } }],
    [
      'a constructor',
      { json: { a: 1 }, meta: { values: { 'constructor.prototype.a': ['Date'] } } },
    ],
    [
      'too many annotations',
      {
        json: {},
        meta: { values: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, ['Date']])) },
      },
    ],
    ['no object', 'x'],
    ['null', null],
    ['an array', []],
    ['no json', { meta: {} }],
    ['an unknown field of meta', { json: {}, meta: { more: 1 } }],
    ['annotations that are text', { json: {}, meta: { values: 'Date' } }],
  ])('refuse %s as VALIDATION', (_name, value) => {
    expect(() => deserialize(value)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('outputs as superjson', () => {
  /** What a client reads from an output, or that it can't be sent. */
  function outcomeOf(serialize: (value: unknown) => unknown, value: unknown): unknown {
    let sent: string;
    try {
      sent = JSON.stringify(serialize(value));
    } catch {
      return 'refused';
    }
    return { arrived: superjson.deserialize(JSON.parse(sent)) };
  }

  it('arrive as superjson alone would send them, or are refused as it would refuse them', () => {
    const anything = fc.anything({
      withDate: true,
      withBigInt: true,
      withMap: true,
      withSet: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(outcomeOf(transformer.output.serialize, value)).toEqual(
          outcomeOf((plain) => superjson.serialize(plain), value),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['__proto__', 'constructor', 'prototype'])('are refused with a key named %s', (key) => {
    const value = Object.defineProperty({}, key, { value: 'x', enumerable: true });
    expect(() => transformer.output.serialize(value)).toThrow(/prototype pollution/);
  });
});
