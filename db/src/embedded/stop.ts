import { setTimeout as sleep } from 'node:timers/promises';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, findSystemCode } from './embedded-postgres-error.ts';
import { isPostgresOf } from './postmaster.ts';

/**
 * `fast` ends running statements and writes everything out, `smart` first waits until every client has
 * left, `immediate` ends at once and recovers at the next start. None loses a commit.
 */
export type StopMode = 'fast' | 'smart' | 'immediate';

const SIGNALS = { fast: 'SIGINT', smart: 'SIGTERM', immediate: 'SIGQUIT' } as const;
const LIMIT_MS = 30_000;

/** Tells the Postgres of the folder to stop. Does nothing if it is gone already. */
export async function tellToStop(folder: DataFolder, pid: number, mode: StopMode): Promise<void> {
  if (!(await isPostgresOf(pid, folder.cluster))) return;
  try {
    process.kill(pid, SIGNALS[mode]);
  } catch (error) {
    if (findSystemCode(error) !== 'ESRCH') throw error;
  }
}

/** Waits until the process is gone; `smart` waits as long as there are clients. */
export async function waitUntilGone(
  folder: DataFolder,
  pid: number,
  mode: StopMode,
): Promise<void> {
  const until = mode === 'smart' ? Number.POSITIVE_INFINITY : performance.now() + LIMIT_MS;
  while (await isPostgresOf(pid, folder.cluster)) {
    if (performance.now() > until) {
      throw new EmbeddedPostgresError(
        'failed',
        `Postgres (process ${pid}) on ${folder.path} doesn't stop. See ${folder.log}.`,
      );
    }
    await sleep(10);
  }
}
