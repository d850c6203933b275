import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { createScratchDataDir } from '../../testing/scratch-folder.ts';
import { findRunningEmbeddedPostgres } from './find-running.ts';
import { startEmbeddedPostgres } from './start.ts';

it('finds the running server without taking it over, and nothing before and after', async () => {
  const dataDir = await createScratchDataDir();
  expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull();
  expect(await readdir(dirname(dataDir))).toEqual([]);

  const postgres = await startEmbeddedPostgres({ dataDir });
  const { ownerUrl, appUrl, superuserUrl, port } = postgres;
  expect(await findRunningEmbeddedPostgres(dataDir)).toEqual({
    ownerUrl,
    appUrl,
    superuserUrl,
    port,
  });
  await postgres.stop();
  expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull();
});
