import { readdir, readFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';

/** The default of `nice`: about a tenth of the weight, while others want to run. */
const NICER_BY = 10;
const NICEST = 19;
const TASKS = '/proc/self/task';

/**
 * Gives the threads that hash passwords a lower priority than the one that answers calls, and than Postgres
 * on the same machine: sign-ins then hardly slow anything else, and no fewer of them succeed. Works on Linux,
 * where each thread has its own priority; elsewhere this does nothing. Answers how many threads it changed.
 *
 * `docs/operations.md` says what it gains, in "How fast".
 */
export async function yieldHashingThreads(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const priority = Math.min(NICEST, getPriority() + NICER_BY);
  let moved = 0;
  // Reading a folder is work for libuv's threads, so by now they exist.
  for (const thread of await readdir(TASKS)) {
    const name = await readFile(`${TASKS}/${thread}/comm`, 'utf8').catch(() => 'gone');
    if (name.trim() !== 'libuv-worker') continue;
    setPriority(Number(thread), priority);
    moved += 1;
  }
  return moved;
}
