import { readFile } from 'node:fs/promises';
import { findLockfileProblems } from './version-floors/find-lockfile-problems.ts';

// Prints what is wrong with pnpm-lock.yaml (S1), and exits 1 if anything is.
const lockfile = await readFile(new URL('../pnpm-lock.yaml', import.meta.url), 'utf8');
const problems = findLockfileProblems(lockfile);
for (const problem of problems) process.stderr.write(`pnpm-lock.yaml: ${problem}\n`);
process.stdout.write(`version floors: ${problems.length} problems\n`);
if (problems.length > 0) process.exitCode = 1;
