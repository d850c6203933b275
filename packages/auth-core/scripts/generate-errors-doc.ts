import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { errorChapters } from '../src/errors/documentation.ts';
import { renderErrorsDoc } from './render-errors-doc.ts';

// Writes docs/errors.md. With --check it writes nothing and exits 1 if the page is out of date.
const page = fileURLToPath(import.meta.resolve('../../../docs/errors.md'));
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const rendered = renderErrorsDoc(errorChapters);

if (values.check) {
  const current = await readFile(page, 'utf8').catch(() => '');
  if (current !== rendered) {
    process.stderr.write(
      'docs/errors.md is out of date: run "pnpm --filter @mana/auth-core docs".\n',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(page, rendered);
}
