import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { makeVectors } from '../test/vault/make-vectors.fixture.ts';
import { renderVectors } from './render-vault-vectors.ts';

it('matches docs/vault-format.md', async () => {
  const page = await readFile(new URL('../../../docs/vault-format.md', import.meta.url), 'utf8');
  expect(renderVectors(page, makeVectors())).toBe(page);
});

it('refuses a page without markers for the vectors', () => {
  expect(() => renderVectors('# A page\n', makeVectors())).toThrow('no markers');
});
