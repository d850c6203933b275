import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findSystemCode } from './embedded-postgres-error.ts';

/** The main process of a running Postgres, as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: 'starting' | 'ready' | 'stopping';
}

/** What `postmaster.pid` says, true or not; null without one or while it is being written. */
export async function readPostmasterFile(cluster: string): Promise<Postmaster | null> {
  let lines: string[];
  try {
    lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if (findSystemCode(error) === 'ENOENT') return null;
    throw error;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const word = lines[7]?.trim();
  const status = word === 'ready' || word === 'stopping' ? word : 'starting';
  return { pid, port: Number(lines[3]), status };
}

/**
 * The live Postgres of this cluster, or null. A `postmaster.pid` that was left behind is recognised,
 * even if its process id belongs to another program by now.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | null> {
  const postmaster = await readPostmasterFile(cluster);
  if (postmaster === null || !(await isPostgresOf(postmaster.pid, cluster))) return null;
  return postmaster;
}

/** Whether the process is a Postgres of this cluster; a zombie isn't. */
export async function isPostgresOf(pid: number, cluster: string): Promise<boolean> {
  if (!isProcessAlive(pid)) return false;
  if (process.platform !== 'linux') return isNamedByPs(pid, cluster);
  try {
    const [folder, name] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      readFile(`/proc/${pid}/comm`, 'utf8'),
    ]);
    return folder === cluster && name.trim() === 'postgres';
  } catch {
    return false;
  }
}

async function isNamedByPs(pid: number, cluster: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', `${pid}`]);
    return stdout.includes('postgres') && stdout.includes(cluster);
  } catch {
    return false;
  }
}

/** Whether there is a process with this id, of whatever user. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return findSystemCode(error) === 'EPERM';
  }
}
