import { readdir, readFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';

/** As `nice` by default: a tenth of the weight, when there is a choice to make. */
const NICER_BY = 10;
const NICEST = 19;
const TASKS = '/proc/self/task';

/**
 * Gives the threads that hash passwords a lower priority than the main thread, and than Postgres on the
 * same machine: sign-ins then hardly slow anything else, at the same throughput. Linux has a priority per
 * thread; elsewhere this does nothing. Returns how many threads it changed.
 *
 * For the effect, see "How fast" in `docs/operations.md`.
 */
export async function yieldHashingThreads(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const priority = Math.min(NICEST, getPriority() + NICER_BY);
  let moved = 0;
  // Reading a folder is work for libuv's threads, so they are there.
  for (const thread of await readdir(TASKS)) {
    const name = await readFile(`${TASKS}/${thread}/comm`, 'utf8').catch(() => 'gone');
    if (name.trim() !== 'libuv-worker') continue;
    setPriority(Number(thread), priority);
    moved += 1;
  }
  return moved;
}
