import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startInChild, waitForFolder } from '../../testing/embedded-child.ts';
import { createScratchDataDir } from '../../testing/scratch-folder.ts';
import { startEmbeddedPostgres } from './start.ts';

it('a first start that is killed at any point leaves nothing or a complete database', async () => {
  const dataDir = await createScratchDataDir();
  const names: string[][] = [];
  for (const delayMs of [0, 300, 600, 900, 1_200]) {
    const child = startInChild(dataDir);
    child.outcome.catch(() => undefined);
    await waitForFolder(dataDir, child.process.pid);
    await sleep(delayMs);
    await child.kill();
    names.push(await readdir(dirname(dataDir)));
  }
  expect(names.flat().some((name) => name.includes('.new-'))).toBe(true);

  const postgres = await startEmbeddedPostgres({ dataDir });
  expect(await readdir(dataDir)).toEqual(
    expect.arrayContaining(['cluster', 'passwords.json', 'postgres.log']),
  );
  await postgres.stop();
});

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
