import type { makeVectors } from '../test/vault/make-vectors.fixture.ts';

const BEGIN = '<!-- vectors: written by packages/auth-core/scripts/generate-vault-vectors.ts -->';
const END = '<!-- /vectors -->';

/** The page with its test vectors up to date. Throws if it has no markers for them. */
export function renderVectors(page: string, vectors: ReturnType<typeof makeVectors>): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error('The page has no markers for the vectors');
  const rows = flatten(vectors, '').map(([name, value]) => `${name}\n    ${value}`);
  const block = ['```', ...rows, '```'].join('\n');
  return `${page.slice(0, begin + BEGIN.length)}\n\n${block}\n\n${page.slice(end)}`;
}

function flatten(value: object, prefix: string): [string, string | number][] {
  return Object.entries(value).flatMap(([key, inner]): [string, string | number][] =>
    typeof inner === 'object' ? flatten(inner, `${prefix}${key}.`) : [[prefix + key, inner]],
  );
}
