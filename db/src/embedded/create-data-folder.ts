import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CLUSTER, PASSWORD_FILE, type Passwords } from './data-folder.ts';
import { EmbeddedPostgresError, findSystemCode } from './embedded-postgres-error.ts';
import { isProcessAlive } from './postmaster.ts';
import { createPostgresCommand, runToEnd } from './programs.ts';
import { APP_ROLE, DATABASE_NAME, OWNER_ROLE, SUPERUSER_ROLE } from './roles.ts';

/** Settings of Postgres by name, as in `postgresql.conf`. */
export type PostgresSettings = Readonly<Record<string, string>>;

/**
 * Creates the data folder with its cluster, roles and empty database. A kill at any point leaves either
 * nothing or a complete one: everything is created in a sibling folder that is renamed into place.
 * Where another process was faster, its folder stays and this one's is removed.
 */
export async function createDataFolder(dataDir: string, settings: PostgresSettings): Promise<void> {
  const path = resolve(dataDir);
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeLeftovers(path);
    const draft = await mkdtemp(`${path}.new-${process.pid}-`);
    try {
      await fillDraft(draft, settings);
      await renameIntoPlace(draft, path);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      'unwritable',
      `The data folder ${path} can't be created (${findSystemCode(error) ?? error}). ` +
        'Free space or give this user access, or set MANA_DATA_DIR to another folder.',
      error,
    );
  }
}

async function fillDraft(draft: string, settings: PostgresSettings): Promise<void> {
  const passwords: Passwords = {
    owner: generatePassword(),
    app: generatePassword(),
    superuser: generatePassword(),
  };
  const what = `The database can't be created in ${draft}`;
  const superuserPassword = join(draft, 'superuser-password');
  await writeFile(superuserPassword, passwords.superuser, { mode: 0o600 });
  await runToEnd(what, createInitdbCommand(draft, superuserPassword, settings));
  await runToEnd(what, createSingleUserCommand(draft), createRolesAndDatabase(passwords));
  await rm(superuserPassword);

  // On disk before the rename is: even after a power failure, the folder is complete or not there.
  const file = await open(join(draft, PASSWORD_FILE), 'wx', 0o600);
  await file.writeFile(`${JSON.stringify(passwords)}\n`);
  await file.sync();
  await file.close();
}

function createInitdbCommand(draft: string, passwordFile: string, settings: PostgresSettings) {
  const { fsync } = settings;
  return createPostgresCommand('initdb', [
    `--pgdata=${join(draft, CLUSTER)}`,
    `--username=${SUPERUSER_ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
    // Postgres's own Unicode rules: the machine needs no locale installed.
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(fsync === 'off' ? ['--no-sync'] : []),
  ]);
}

/** One process without network: the cluster needs no port before it is in place. */
function createSingleUserCommand(draft: string) {
  return createPostgresCommand('postgres', [
    '--single',
    '-D',
    join(draft, CLUSTER),
    '-c',
    'exit_on_error=on',
    'postgres',
  ]);
}

/** Single-user mode takes one statement per line. Generated passwords hold nothing to quote. */
function createRolesAndDatabase(passwords: Passwords): string {
  return [
    `create role ${OWNER_ROLE} login password '${passwords.owner}'`,
    `create role ${APP_ROLE} login password '${passwords.app}'`,
    `create database ${DATABASE_NAME} owner ${OWNER_ROLE}`,
    '',
  ].join('\n');
}

function generatePassword(): string {
  return randomBytes(24).toString('base64url');
}

async function renameIntoPlace(draft: string, path: string): Promise<void> {
  try {
    await rename(draft, path);
  } catch (error) {
    const code = findSystemCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

/** Drafts of processes that were killed. */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}.new-`;
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(prefix)) continue;
    if (isProcessAlive(Number.parseInt(name.slice(prefix.length), 10))) continue;
    // An initdb that outlived its parent may still write there; the next start tries again.
    await rm(join(dirname(path), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
