import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findUndocumented } from './docstrings/find-undocumented.ts';

// Prints every exported name in the sources that has no docstring, and exits 1 if there is one.
const root = fileURLToPath(new URL('..', import.meta.url));
const undocumented: string[] = [];
let files = 0;
const sources = glob('{apps,packages}/*/src/**/*.ts', { cwd: root });
const database = glob('db/src/**/*.ts', { cwd: root });
for (const found of [sources, database]) {
  for await (const path of found) {
    if (/\.(test|test-d)\.ts$/.test(path)) continue;
    files += 1;
    undocumented.push(...findUndocumented(path, await readFile(`${root}${path}`, 'utf8')));
  }
}
for (const line of undocumented.sort()) process.stderr.write(`${line}\n`);
process.stdout.write(`docstrings: ${files} files, ${undocumented.length} names without one\n`);
if (files === 0 || undocumented.length > 0) process.exitCode = 1;
