import { describe, expect, it } from 'vitest';
import { classifyValidation, findIssuePath } from './classify-validation.ts';

describe('wrong input', () => {
  it.each(['ZodError', '$ZodError'])('is a %s with issues', (name) => {
    const error = { name, issues: [{ path: ['items', 0] }, { path: ['other'] }] };
    expect(classifyValidation(error)).toEqual({ code: 'VALIDATION', path: 'items.0' });
    expect(classifyValidation({ name, issues: 'none' })).toBeUndefined();
    expect(classifyValidation({ ...error, name: 'Error' })).toBeUndefined();
  });

  it.each([
    [['items', 0, Symbol('x')], 'items.0.Symbol(x)'],
    [[{ key: 'items' }, { key: 0 }], 'items.0'],
    [['a', null, true, undefined, { key: {} }, 'b'], 'a.b'],
    [[], undefined],
    [[{}], undefined],
    ['text', undefined],
    [Array.from({ length: 25 }, () => 'x'), Array.from({ length: 20 }, () => 'x').join('.')],
  ])('at path %# is named', (path, name) => {
    expect(findIssuePath({ issues: [{ path }] })).toBe(name);
  });
});
