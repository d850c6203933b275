import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError, findSystemCode } from './embedded-postgres-error.ts';
import { POSTGRES_MAJOR } from './programs.ts';

/** Passwords of the three roles. Secret, in a file that only its owner can read. */
export interface Passwords {
  readonly owner: string;
  readonly app: string;
  readonly superuser: string;
}

/** A folder with one complete database cluster of ours, and the passwords beside it. */
export interface DataFolder {
  readonly path: string;
  /** What Postgres calls its data directory. */
  readonly cluster: string;
  readonly log: string;
  readonly passwords: Passwords;
}

/** The folder of the cluster, inside the data folder. */
export const CLUSTER = 'cluster';
/** The file of the passwords, inside the data folder. */
export const PASSWORD_FILE = 'passwords.json';

/**
 * Opens the data folder, or returns null where there is nothing yet (no folder or an empty one).
 * Throws an EmbeddedPostgresError for a folder that isn't ours or that another major version created.
 */
export async function findDataFolder(dataDir: string): Promise<DataFolder | null> {
  const path = resolve(dataDir);
  if (await isNothing(path)) return null;

  const version = await readOwnFile(path, join(CLUSTER, 'PG_VERSION'));
  if (version.trim() !== POSTGRES_MAJOR) {
    throw new EmbeddedPostgresError(
      'other-version',
      `The data folder ${path} was created by PostgreSQL ${version.trim()}, and this version runs ` +
        `PostgreSQL ${POSTGRES_MAJOR}. Move the folder away or set MANA_DATA_DIR to another one; to ` +
        'keep the data, dump it with the older version and load it here.',
    );
  }
  const passwords = parsePasswords(path, await readOwnFile(path, PASSWORD_FILE));
  const real = await realpath(path);
  return { path, cluster: join(real, CLUSTER), log: join(real, 'postgres.log'), passwords };
}

async function isNothing(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) throw foreignFolder(path);
    return (await readdir(path)).length === 0;
  } catch (error) {
    const code = findSystemCode(error);
    if (code === 'ENOENT') return true;
    if (code === undefined) throw error;
    throw unreadable(path, error);
  }
}

async function readOwnFile(path: string, name: string): Promise<string> {
  try {
    return await readFile(join(path, name), 'utf8');
  } catch (error) {
    const code = findSystemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw foreignFolder(path, error);
    throw unreadable(path, error);
  }
}

function parsePasswords(path: string, text: string): Passwords {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw foreignFolder(path, error);
  }
  if (isPasswords(value)) return value;
  throw foreignFolder(path);
}

function isPasswords(value: unknown): value is Passwords {
  if (typeof value !== 'object' || value === null) return false;
  const entries: Partial<Record<string, unknown>> = { ...value };
  return ['owner', 'app', 'superuser'].every((role) => typeof entries[role] === 'string');
}

function foreignFolder(path: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'foreign-folder',
    `The data folder ${path} exists but contains no complete database of mana-auth. ` +
      'Move it away or restore it, or set MANA_DATA_DIR to another folder.',
    cause,
  );
}

function unreadable(path: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'unwritable',
    `The data folder ${path} can't be read (${findSystemCode(cause)}). ` +
      'Give this user access to it, or set MANA_DATA_DIR to another folder.',
    cause,
  );
}
