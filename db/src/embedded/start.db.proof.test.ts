import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startInChild } from '../../testing/embedded-child.ts';
import { prepareDataDirs } from '../../testing/scratch-folder.ts';
import { isPostgresOf, readPostmasterFile } from './postmaster.ts';
import { startEmbeddedPostgres } from './start.ts';

const createStoppedDataDir = prepareDataDirs();

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function startAndBeKilled(dataDir: string): Promise<{ ownerUrl: string; pid: number }> {
  const child = startInChild(dataDir);
  const outcome = await child.outcome;
  if ('failed' in outcome) throw new Error(outcome.failed.message);
  await query(outcome.started.ownerUrl, "create table notes as select 'kept' as note");
  const postmaster = await readPostmasterFile(join(dataDir, 'cluster'));
  await child.kill();
  if (!postmaster) throw new Error('No postmaster.pid');
  return { ownerUrl: outcome.started.ownerUrl, pid: postmaster.pid };
}

const NOTES = 'select note from notes';

describe('stop', () => {
  it.each(['smart', 'immediate'] as const)(
    'ends the process and keeps the data (%s)',
    async (mode) => {
      const dataDir = await createStoppedDataDir();
      const first = await startEmbeddedPostgres({ dataDir });
      await query(first.ownerUrl, "create table notes as select 'kept' as note");
      const postmaster = await readPostmasterFile(join(dataDir, 'cluster'));
      await Promise.all([first.stop(mode), first.stop(mode)]);
      expect(await isPostgresOf(postmaster?.pid ?? 0, join(dataDir, 'cluster'))).toBe(false);
      await expect(query(first.ownerUrl, 'select 1')).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      });

      const second = await startEmbeddedPostgres({ dataDir });
      expect(second.reused).toBe(false);
      expect(await query(second.ownerUrl, NOTES)).toEqual([{ note: 'kept' }]);
      await second.stop();
    },
  );
});

describe('after the parent was killed', () => {
  it('the server that it left behind is taken over with its data, and stops when told to', async () => {
    const dataDir = await createStoppedDataDir();
    const { ownerUrl, pid } = await startAndBeKilled(dataDir);

    const postgres = await startEmbeddedPostgres({ dataDir });
    expect(postgres).toMatchObject({ reused: true, ownerUrl });
    expect(await query(postgres.ownerUrl, NOTES)).toEqual([{ note: 'kept' }]);
    await postgres.stop();
    expect(await isPostgresOf(pid, join(dataDir, 'cluster'))).toBe(false);
  });

  it('and Postgres with it, the data is still there', async () => {
    const dataDir = await createStoppedDataDir();
    const { pid } = await startAndBeKilled(dataDir);
    process.kill(pid, 'SIGKILL');

    const postgres = await startEmbeddedPostgres({ dataDir });
    expect(postgres.reused).toBe(false);
    expect(await query(postgres.ownerUrl, NOTES)).toEqual([{ note: 'kept' }]);
    await postgres.stop();
  });

  it('a process id that belongs to another program by now blocks nothing', async () => {
    const dataDir = await createStoppedDataDir();
    const { pid } = await startAndBeKilled(dataDir);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isPostgresOf(pid, join(dataDir, 'cluster'))).toBe(false);

    const other = spawn('sleep', ['60']);
    onTestFinished(() => void other.kill());
    const pidFile = join(dataDir, 'cluster/postmaster.pid');
    const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
    await writeFile(pidFile, [other.pid, ...rest].join('\n'));

    const postgres = await startEmbeddedPostgres({ dataDir });
    expect(postgres.reused).toBe(false);
    expect(await query(postgres.ownerUrl, NOTES)).toEqual([{ note: 'kept' }]);
    await postgres.stop();
    expect(other.exitCode).toBeNull();
  });
});

describe('a Ctrl-C in the terminal', () => {
  it('does not end Postgres before its parent does', async () => {
    const child = startInChild(await createStoppedDataDir());
    onTestFinished(() => child.kill());
    const outcome = await child.outcome;
    if ('failed' in outcome) throw new Error(outcome.failed.message);

    process.kill(-(child.process.pid ?? 0), 'SIGINT');
    await sleep(200);
    expect(await query(outcome.started.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});
