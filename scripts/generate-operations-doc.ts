import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { replaceVariables } from './operations-doc/render-variables.ts';

// Writes the table of variables into docs/operations.md. With --check it writes nothing and exits 1
// when the page is out of step.
const file = new URL('../docs/operations.md', import.meta.url);
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const page = await readFile(file, 'utf8');
const rendered = replaceVariables(page);

if (!values.check) {
  await writeFile(file, rendered);
} else if (rendered !== page) {
  process.stderr.write('docs/operations.md is out of step with config.ts: run "pnpm generate".\n');
  process.exitCode = 1;
}
