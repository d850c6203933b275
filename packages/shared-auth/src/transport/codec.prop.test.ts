import fc from 'fast-check';
import superjson, { type SuperJSONResult } from 'superjson';
import { describe, expect, it } from 'vitest';
import { decode, type Encoded, encode } from './codec.ts';

const key = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('a.b', '\\', '\\.', '..', '', '0', 'json', 'é'),
);
const isAllowed = (name: string) => !['__proto__', 'constructor', 'prototype'].includes(name);
const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.double(),
  fc.constantFrom(null, undefined, Number.NaN, -0, Number.POSITIVE_INFINITY),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 8 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key.filter(isAllowed), tie('value'), { maxKeys: 4 }),
  ),
}));
const RUNS = { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 500) };

describe('the codec', () => {
  it('encodes everything that it carries to the JSON and the annotations that superjson writes', () => {
    fc.assert(
      fc.property(value, (original) => {
        const { json, meta } = encode(original);
        const expected = superjson.serialize(original);
        expect(JSON.stringify(json)).toBe(JSON.stringify(expected.json));
        expect(meta?.values).toEqual(expected.meta?.values);
        expect(superjson.deserialize(structuredClone({ json, meta }) as SuperJSONResult)).toEqual(
          superjson.deserialize(structuredClone(expected)),
        );
      }),
      RUNS,
    );
  });

  it('sends an invalid date as null, as JSON does', () => {
    expect(encode({ at: new Date(Number.NaN) })).toEqual({ json: { at: null } });
  });

  it('reads what superjson wrote as superjson does', () => {
    fc.assert(
      fc.property(value, (original) => {
        const written = superjson.serialize(original);
        const decoded = decode(structuredClone(written) as Encoded);
        expect(decoded?.value).toStrictEqual(superjson.deserialize(structuredClone(written)));
      }),
      RUNS,
    );
  });

  it('reads no annotation of another shape as something, and reaches no prototype', () => {
    const annotations = fc.dictionary(
      fc.oneof(key, fc.constantFrom('a', '__proto__', 'a.__proto__', 'constructor.prototype')),
      fc.anything({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), annotations, (json, values) => {
        try {
          decode({ json, meta: { values: values as never, v: 1 } });
        } catch (error) {
          expect(error).toSatisfy(
            (thrown) =>
              thrown instanceof TypeError ||
              thrown instanceof SyntaxError ||
              thrown instanceof RangeError,
          );
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      RUNS,
    );
  });
});
