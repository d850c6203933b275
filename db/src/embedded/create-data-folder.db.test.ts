import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { expect, it } from 'vitest';
import { startInChild, waitForFolder } from '../../testing/embedded-child.ts';
import { createScratchDataDir } from '../../testing/scratch-folder.ts';
import { startEmbeddedPostgres } from './start.ts';

it('drafts of killed processes are removed by the next one that creates a folder', async () => {
  const dataDir = await createScratchDataDir();
  const child = startInChild(dataDir);
  child.outcome.catch(() => undefined);
  await waitForFolder(dataDir, child.process.pid);
  await child.kill();

  const postgres = await startEmbeddedPostgres({ dataDir });
  await postgres.stop();
  expect(await readdir(dirname(dataDir))).toEqual([basename(dataDir)]);
});
