import { expect, it } from 'vitest';
import { findUndocumented } from './find-undocumented.ts';

it.each([
  ['a function', 'export function f() {}', 'f'],
  ['an async function', 'export async function f() {}', 'f'],
  ['a const', 'export const limit = 5;', 'limit'],
  ['an interface', 'export interface Options {}', 'Options'],
  ['a type', 'export type Id = string;', 'Id'],
  ['a class', 'export class Refused extends Error {}', 'Refused'],
  ['what has a plain comment', '/* not one */\nexport const limit = 5;', 'limit'],
  ['what has a line comment', '// not one\nexport const limit = 5;', 'limit'],
  ["another name's neighbour", '/** Of a. */\nexport const a = 1;\nexport const b = 2;', 'b'],
])('finds %s without a docstring', (_what, text, name) => {
  expect(findUndocumented('a.ts', text)).toEqual([
    `a.ts:${text.split('\n').length} exports ${name} without a docstring`,
  ]);
});

it.each([
  ['a docstring', '/** How many. */\nexport const limit = 5;'],
  [
    'a line for the linter between',
    '/** How many. */\n// biome-ignore x: y\nexport const limit = 5;',
  ],
  ['nothing exported', 'const limit = 5;'],
  ['a re-export', "export { x } from './x.ts';"],
  ['a default export', 'export default {};'],
])('lets %s pass', (_what, text) => {
  expect(findUndocumented('a.ts', text)).toEqual([]);
});

it('looks above the name, not below it', () => {
  const text = 'export const a = 1;\n/** Of b. */\nexport const b = 2;';
  expect(findUndocumented('a.ts', text)).toEqual(['a.ts:1 exports a without a docstring']);
});
