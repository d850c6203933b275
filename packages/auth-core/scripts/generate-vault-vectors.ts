import { readFileSync, writeFileSync } from 'node:fs';
import { makeVectors } from '../test/vault/make-vectors.fixture.ts';
import { renderVectors } from './render-vault-vectors.ts';

const fixture = new URL('../test/vault/vectors.fixture.json', import.meta.url);
const page = new URL('../../../docs/vault-format.md', import.meta.url);

const vectors = makeVectors();
writeFileSync(fixture, `${JSON.stringify(vectors, null, 2)}\n`);
writeFileSync(page, renderVectors(readFileSync(page, 'utf8'), vectors));
