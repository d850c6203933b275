import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { errorTable } from '../src/errors/codes/codes.ts';
import { errorChapters } from '../src/errors/documentation.ts';
import { renderErrorsDoc } from './render-errors-doc.ts';

it('has a section for every code, with its message', () => {
  const page = renderErrorsDoc(errorChapters);
  for (const [code, row] of Object.entries(errorTable)) {
    expect(page).toContain(`### ${code}\n\n> ${row.message}\n`);
  }
});

it('matches docs/errors.md', async () => {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  expect(page).toBe(renderErrorsDoc(errorChapters));
});
