import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChildOutcome, startInChild } from '../../testing/embedded-child.ts';
import { createScratchDataDir, prepareDataDirs } from '../../testing/scratch-folder.ts';
import { startEmbeddedPostgres } from './start.ts';

const createStoppedDataDir = prepareDataDirs();

function expectStarted(outcome: ChildOutcome) {
  if ('failed' in outcome) throw new Error(outcome.failed.message);
  return outcome.started;
}

describe('a data folder that another process uses', () => {
  it('is refused with a sentence, and the other process goes on', async () => {
    const dataDir = await createStoppedDataDir();
    const holder = startInChild(dataDir);
    onTestFinished(() => holder.kill());
    const { appUrl } = expectStarted(await holder.outcome);

    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      fault: 'in-use',
      message:
        `The data folder ${dataDir} is in use by another running mana-auth ` +
        `(mana-auth, process ${holder.process.pid}). ` +
        'Stop that one, or set MANA_DATA_DIR to another folder.',
    });
    const client = new pg.Client({ connectionString: appUrl });
    await client.connect();
    await client.end();
  });

  it('is free as soon as that process is killed', async () => {
    const dataDir = await createStoppedDataDir();
    const holder = startInChild(dataDir);
    expectStarted(await holder.outcome);
    await holder.kill();

    const postgres = await startEmbeddedPostgres({ dataDir });
    expect(postgres.reused).toBe(true);
    await postgres.stop();
  });

  it('stays refused after Postgres cut the connection that holds the lock', async () => {
    const dataDir = await createStoppedDataDir();
    const postgres = await startEmbeddedPostgres({ dataDir });
    const admin = new pg.Client({ connectionString: postgres.superuserUrl });
    await admin.connect();
    const holders = "from pg_locks where locktype = 'advisory' and granted";
    const { rowCount } = await admin.query(`select pg_terminate_backend(pid) ${holders}`);
    expect(rowCount).toBe(1);

    await expect.poll(async () => (await admin.query(`select 1 ${holders}`)).rowCount).toBe(1);
    const second = startInChild(dataDir);
    expect(await second.outcome).toMatchObject({ failed: { fault: 'in-use' } });
    await admin.end();
    await postgres.stop();
  });
});

describe('processes that start at the same moment', () => {
  it.each(['for the first time', 'on a folder that is there'])('%s: one gets it', async (when) => {
    const create = when === 'for the first time' ? createScratchDataDir : createStoppedDataDir;
    const dataDir = await create();
    const children = Array.from({ length: 3 }, () => startInChild(dataDir));
    onTestFinished(async () => void (await Promise.all(children.map((child) => child.kill()))));

    const outcomes = await Promise.all(children.map((child) => child.outcome));
    const refused = outcomes.filter((outcome) => 'failed' in outcome);
    expect(refused).toHaveLength(2);
    for (const outcome of refused) expect(outcome).toMatchObject({ failed: { fault: 'in-use' } });
  });
});
