import { expect, it } from 'vitest';
import { type Context, encodeContext } from './context.ts';

const CONTEXT: Context = {
  formatVersion: 2,
  purpose: 'field',
  owner: 'user-ada',
  kekId: '',
  generation: 1,
  location: [],
};

it.each<[string, Partial<Context>]>([
  ['an owner with half a surrogate pair', { owner: 'ada\ud800' }],
  ['a location with half a surrogate pair', { location: ['\udfff'] }],
  ['no owner', { owner: '' }],
  ['half a generation', { generation: 1.5 }],
  ['a generation beyond the column', { generation: 2 ** 31 }],
  ['no generation', { generation: Number.NaN }],
])('refuses %s, which could encode like something else', (_, change) => {
  expect(() => encodeContext({ ...CONTEXT, ...change })).toThrow(TypeError);
});

it.each([-(2 ** 31), -1, 0, 2 ** 31 - 1])(
  'takes the generation %i, as the column does',
  (generation) => {
    expect(() => encodeContext({ ...CONTEXT, generation })).not.toThrow();
  },
);
