import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, onTestFinished } from 'vitest';
import { startEmbeddedPostgres } from '../src/embedded/start.ts';
import { stopAbandonedPostgres } from './stop-abandoned.ts';

/**
 * A path for a data folder of the running test, with nothing there yet. When the test ends, a Postgres
 * that still runs on it is stopped, and everything is removed.
 */
export async function createScratchDataDir(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'mana-auth-scratch-'));
  const dataDir = join(root, 'postgres');
  onTestFinished(async () => {
    await stopAbandonedPostgres(dataDir).catch(() => undefined);
    await rm(root, { recursive: true, force: true });
  });
  return dataDir;
}

/**
 * For the top of a test file: returns a function that gives each test a data folder with a complete
 * database on which nothing runs. Copying one is much faster than creating one.
 */
export function prepareDataDirs(): () => Promise<string> {
  let original = '';
  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'mana-auth-scratch-'));
    original = join(root, 'postgres');
    await (await startEmbeddedPostgres({ dataDir: original })).stop();
    return () => rm(root, { recursive: true, force: true });
  });
  return async () => {
    const dataDir = await createScratchDataDir();
    await cp(original, dataDir, { recursive: true });
    return dataDir;
  };
}

/** For the top of a test file: returns a function that names an empty folder, removed after the file. */
export function createScratchFolder(): () => string {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mana-auth-scratch-'));
    return () => rm(root, { recursive: true, force: true });
  });
  return () => root;
}
