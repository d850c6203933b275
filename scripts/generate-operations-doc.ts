import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { replaceVariables } from './operations-doc/render-variables.ts';

// Writes the table of variables into docs/operations.md. With --check it writes nothing, and exits 1
// if the page is out of date.
const file = new URL('../docs/operations.md', import.meta.url);
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const page = await readFile(file, 'utf8');
const rendered = replaceVariables(page);

if (!values.check) {
  await writeFile(file, rendered);
} else if (rendered !== page) {
  process.stderr.write('docs/operations.md is out of date: run "pnpm generate".\n');
  process.exitCode = 1;
}
