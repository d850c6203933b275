import { setTimeout as sleep } from 'node:timers/promises';
import { type Addresses, createAddresses } from './addresses.ts';
import { createDataFolder, type PostgresSettings } from './create-data-folder.ts';
import { type DataFolder, findDataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, findSystemCode } from './embedded-postgres-error.ts';
import { type FolderLock, takeFolderLock } from './folder-lock.ts';
import { findFreePort, launchPostgres } from './launch.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';
import { type StopMode, tellToStop, waitUntilGone } from './stop.ts';

/** Where the embedded Postgres keeps its data, and how it runs. */
export interface EmbeddedPostgresOptions {
  /** A folder for this alone, created when missing; relative to the working directory. */
  readonly dataDir: string;
  /** Added to the built-in ones; a server that is reused keeps those it runs with. */
  readonly settings?: PostgresSettings;
}

/** A Postgres that runs on a data folder, which this process holds until it stops it. */
export interface EmbeddedPostgres extends Addresses {
  /** Whether a server that a killed process left behind was taken over. */
  readonly reused: boolean;
  /** Of the server's main process. */
  readonly pid: number;
  /** Stops Postgres and frees the folder; waits until the process is gone. Safe to repeat. */
  stop(mode?: StopMode): Promise<void>;
}

/** A folder that changes hands while we look at it settles within moments. */
const PATIENCE_MS = 30_000;

/**
 * Runs Postgres on the data folder, which no other process can use as long as this one lives. Creates the
 * folder the first time, and takes over a server whose parent was killed. Throws an
 * EmbeddedPostgresError that tells the user what to do.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const settings = options.settings ?? {};
  const folder = await openDataFolder(options.dataDir, settings);
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const attempt = await tryStart(folder, settings);
    if (!(attempt instanceof Error)) return attempt;
    if (performance.now() > until) {
      throw new EmbeddedPostgresError(
        'failed',
        `Postgres on ${folder.path} doesn't start. See ${folder.log}.`,
        attempt,
      );
    }
    await sleep(100);
  }
}

async function openDataFolder(dataDir: string, settings: PostgresSettings): Promise<DataFolder> {
  const existing = await findDataFolder(dataDir);
  if (existing) return existing;
  await createDataFolder(dataDir, settings);
  const made = await findDataFolder(dataDir);
  if (made) return made;
  throw new EmbeddedPostgresError(
    'failed',
    `The data folder ${dataDir} was removed in the meantime.`,
  );
}

/** Returns an Error for what passes by itself: a port or folder just taken, a server just stopping. */
async function tryStart(
  folder: DataFolder,
  settings: PostgresSettings,
): Promise<EmbeddedPostgres | Error> {
  const running = await findPostmaster(folder.cluster);
  if (running && running.status !== 'ready') return new Error(`Postgres is ${running.status}`);

  const postmaster = running ?? (await launchPostgres(folder, settings, await findFreePort()));
  if (typeof postmaster === 'string') return new Error(`Postgres ended: ${postmaster}`);

  try {
    const lock = await takeFolderLock(folder, postmaster.port);
    return createHandle(folder, postmaster, lock, running !== null);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    if (error instanceof Error && isPassing(error)) return error;
    throw new EmbeddedPostgresError(
      'failed',
      `Postgres runs on ${folder.path} but accepts no connections. See ${folder.log}.`,
      error,
    );
  }
}

/** Connection refused or cut, and class 57 (57P01 admin shutdown, 57P03 cannot connect now). */
function isPassing(error: Error): boolean {
  const code = findSystemCode(error);
  if (code === undefined) return error.message.startsWith('Connection terminated');
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code.startsWith('57P');
}

function createHandle(
  folder: DataFolder,
  postmaster: Postmaster,
  lock: FolderLock,
  reused: boolean,
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const stop = async (mode: StopMode): Promise<void> => {
    // In this order: a process that gets the folder before Postgres is told to stop would reuse it.
    await tellToStop(folder, postmaster.pid, mode);
    await lock.release();
    await waitUntilGone(folder, postmaster.pid, mode);
  };
  return {
    ...createAddresses(folder, postmaster.port),
    reused,
    pid: postmaster.pid,
    stop: (mode = 'fast') => {
      stopping ??= stop(mode);
      return stopping;
    },
  };
}
