import { spawnSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startInChild } from '../../testing/embedded-child.ts';
import { createScratchDataDir, prepareDataDirs } from '../../testing/scratch-folder.ts';
import { findDataFolder } from './data-folder.ts';
import { launchPostgres } from './launch.ts';
import { startEmbeddedPostgres } from './start.ts';

/** Root can write everywhere, so it becomes another user here. */
const AS_ORDINARY_USER =
  process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=65534', '--map-group=65534'] : [];

/** With a disk of eight megabytes at the folder. */
const withFullDisk = (path: string) => [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  'mount -t tmpfs -o size=8m none "$0" && exec "$@"',
  path,
];
const canMount =
  spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'true']).status === 0;

const createStoppedDataDir = prepareDataDirs();

describe('a disk that refuses writes', () => {
  it('is reported when the folder can not be created', async () => {
    const dataDir = await createScratchDataDir();
    await chmod(dirname(dataDir), 0o500);
    const child = startInChild(dataDir, AS_ORDINARY_USER);
    expect(await child.outcome).toMatchObject({
      failed: {
        fault: 'unwritable',
        message: expect.stringContaining(`${dataDir} can't be created`),
      },
    });
  });

  it('is reported when an existing folder is read-only', async () => {
    const dataDir = await createStoppedDataDir();
    await chmod(join(dataDir, 'postgres.log'), 0o400);
    const child = startInChild(dataDir, AS_ORDINARY_USER);
    expect(await child.outcome).toMatchObject({
      failed: {
        fault: 'unwritable',
        message: expect.stringContaining("can't be written (EACCES)"),
      },
    });
  });

  it.runIf(canMount)('is reported when it is full, and nothing is left there', async () => {
    const dataDir = await createScratchDataDir();
    const child = startInChild(dataDir, withFullDisk(dirname(dataDir)));
    expect(await child.outcome).toMatchObject({
      failed: {
        fault: 'unwritable',
        message: expect.stringMatching(/MANA_DATA_DIR(.|\n)*No space left on device/),
      },
    });
  });
});

describe('a folder that is not ours', () => {
  it('is reported when its passwords are unreadable', async () => {
    const dataDir = await createStoppedDataDir();
    await writeFile(join(dataDir, 'passwords.json'), '{"owner":');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      fault: 'foreign-folder',
    });
  });

  it('is reported when another major version created it', async () => {
    const dataDir = await createStoppedDataDir();
    await writeFile(join(dataDir, 'cluster/PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      fault: 'other-version',
      message: expect.stringContaining('was created by PostgreSQL 17, and this version runs'),
    });
  });
});

describe('a Postgres that does not start', () => {
  it('is reported with the last lines of its log', async () => {
    const dataDir = await createStoppedDataDir();
    await rm(join(dataDir, 'cluster/global/pg_control'));
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      fault: 'failed',
      message: expect.stringMatching(
        /didn't start on .*\n(.|\n)*could not find the database system/,
      ),
    });
  });

  it('is reported when it does not know a setting', async () => {
    const dataDir = await createStoppedDataDir();
    await expect(
      startEmbeddedPostgres({ dataDir, settings: { no_such_setting: '1' } }),
    ).rejects.toMatchObject({ message: expect.stringContaining('no_such_setting') });
  });

  it('asks for another port when a program was faster', async () => {
    const dataDir = await createStoppedDataDir();
    const folder = await findDataFolder(dataDir);
    if (!folder) throw new Error('No folder');
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    expect(await launchPostgres(folder, {}, address.port)).toBe('port-taken');
  });
});

it('a folder that is empty is used', async () => {
  const dataDir = await createScratchDataDir();
  await mkdir(dataDir);
  await (await startEmbeddedPostgres({ dataDir })).stop();
});

it('an ordinary user starts it without any namespace', async () => {
  const child = startInChild(await createStoppedDataDir(), AS_ORDINARY_USER);
  onTestFinished(() => child.kill());
  expect(await child.outcome).toMatchObject({ started: { reused: false } });
});
