import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresSettings } from './create-data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError, findSystemCode } from './embedded-postgres-error.ts';
import { type Postmaster, readPostmasterFile } from './postmaster.ts';
import { createPostgresCommand, explainFailure, lastLines } from './programs.ts';

const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const POLL_MS = 10;

/** How a start of Postgres ended: it is ready, or something was in the way that may be gone next time. */
export type LaunchResult = Postmaster | 'port-taken' | 'folder-taken';

/**
 * Starts Postgres on the folder and waits until it accepts connections. It runs in its own session, so
 * that a Ctrl-C in the terminal doesn't end it before its parent does. Throws an EmbeddedPostgresError
 * with the last lines of its log when it exits at once.
 */
export async function launchPostgres(
  folder: DataFolder,
  settings: PostgresSettings,
  port: number,
): Promise<LaunchResult> {
  const log = await openLog(folder);
  try {
    const { size } = await log.stat();
    const child = await spawnPostgres(folder, { ...settings, port: `${port}` }, log);
    const postmaster = await waitUntilReady(child, folder);
    child.unref();
    return postmaster ?? (await explainEnd(folder, log, size));
  } finally {
    await log.close();
  }
}

async function openLog(folder: DataFolder): Promise<FileHandle> {
  try {
    const log = await open(folder.log, 'a+', 0o600);
    if ((await log.stat()).size > LOG_LIMIT_BYTES) await log.truncate();
    return log;
  } catch (error) {
    throw new EmbeddedPostgresError(
      'unwritable',
      `The data folder ${folder.path} can't be written (${findSystemCode(error)}). ` +
        'Free space or give this user access, or set MANA_DATA_DIR to another folder.',
      error,
    );
  }
}

async function spawnPostgres(
  folder: DataFolder,
  settings: PostgresSettings,
  log: FileHandle,
): Promise<ChildProcess> {
  const all: PostgresSettings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = createPostgresCommand('postgres', ['-D', folder.cluster, ...flags]);
  // Postgres mistakes a live process id in a stale postmaster.pid for a running server, unless it is told
  // that the process is its own grandparent. It still refuses while old backends hold the shared memory.
  const stale = (await readPostmasterFile(folder.cluster))?.pid;
  const env = stale ? { ...command.env, PG_GRANDPARENT_PID: `${stale}` } : command.env;
  const child = spawn(command.file, command.args, {
    env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(explainFailure("Postgres didn't start", '', error)));
  });
  return child;
}

/** Null when the process ended first. Recovery after a crash may take a while. */
async function waitUntilReady(child: ChildProcess, folder: DataFolder): Promise<Postmaster | null> {
  while (child.exitCode === null && child.signalCode === null) {
    const postmaster = await readPostmasterFile(folder.cluster);
    if (postmaster?.pid === child.pid && postmaster?.status === 'ready') return postmaster;
    await sleep(POLL_MS);
  }
  return null;
}

async function explainEnd(
  folder: DataFolder,
  log: FileHandle,
  from: number,
): Promise<'port-taken' | 'folder-taken'> {
  const { buffer, bytesRead } = await log.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, from);
  const output = buffer.toString('utf8', 0, bytesRead);
  if (output.includes('Address already in use')) return 'port-taken';
  if (/lock file "postmaster.pid" already exists|is still in use/.test(output)) {
    return 'folder-taken';
  }
  throw explainFailure(`Postgres didn't start on ${folder.path}`, lastLines(output));
}

/** A loopback port that was free a moment ago, never Postgres's usual one. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No address to listen on');
  return address.port === 5432 ? findFreePort() : address.port;
}
