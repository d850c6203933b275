import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findUnusedArrows, findViolations } from './boundaries/find-violations.ts';

// Prints every import that goes against the arrows of docs/architecture.md and every circle of imports,
// and exits 1 if there is one.
const root = fileURLToPath(new URL('..', import.meta.url));
const files = new Map<string, string>();
const found = glob('{apps,packages,db}/**/*.{ts,svelte}', {
  cwd: root,
  exclude: ['**/node_modules', '**/dist', '**/.svelte-kit'],
});
for await (const path of found) files.set(path, await readFile(`${root}${path}`, 'utf8'));

const violations = [...findViolations(files), ...findUnusedArrows(files)];
for (const violation of violations.sort()) process.stderr.write(`${violation}\n`);
process.stdout.write(`boundaries: ${files.size} files, ${violations.length} violations\n`);
if (files.size === 0 || violations.length > 0) process.exitCode = 1;
