import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../src/embedded/launch.ts';
import { createOrdinaryCommand } from '../src/embedded/programs.ts';

/** Where Debian puts it, and Homebrew on either kind of Mac. */
const PATHS = [
  '/usr/sbin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
] as const;
const READY_WITHIN_MS = 10_000;

/** Whether tests that need PgBouncer can run. */
export const isPgBouncerInstalled = PATHS.some((path) => existsSync(path));

/** A PgBouncer for one test file, in transaction mode. */
export interface PgBouncer {
  /** The same database, as the same role, through the pool. */
  readonly url: string;
  /** Cuts every connection. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  /** Kills it, and removes its configuration. */
  stop(): Promise<void>;
}

/** Puts PgBouncer in front of a database. All clients together share `poolSize` connections to it. */
export async function startPgBouncer(
  databaseUrl: string,
  { poolSize }: { poolSize: number },
): Promise<PgBouncer> {
  const database = new URL(databaseUrl);
  const port = await findFreePort();
  const folder = await mkdtemp(join(tmpdir(), 'mana-auth-pgbouncer-'));
  const config = await writeConfig(folder, database, { port, poolSize });
  const url = new URL(databaseUrl);
  url.port = `${port}`;

  let kill = await launch(config, port);
  return {
    url: url.href,
    kill: () => kill(),
    async restart() {
      kill = await launch(config, port);
    },
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeConfig(
  folder: string,
  { username, password, hostname, port: databasePort, pathname }: URL,
  { port, poolSize }: { port: number; poolSize: number },
): Promise<string> {
  const name = pathname.slice(1);
  const users = join(folder, 'users.txt');
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  await writeFile(
    config,
    `[databases]
${name} = host=${hostname} port=${databasePort} dbname=${name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
ignore_startup_parameters = statement_timeout
`,
  );
  return config;
}

/** Returns the function that kills it. */
async function launch(config: string, port: number): Promise<() => Promise<void>> {
  const program = PATHS.find((path) => existsSync(path));
  if (!program) throw new Error('PgBouncer is not installed');
  const { file, args, env } = createOrdinaryCommand(program, ['-q', config]);
  const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
    if (Date.now() > until) {
      await kill();
      throw new Error(`PgBouncer doesn't listen after ${READY_WITHIN_MS} ms`);
    }
    await sleep(20);
  }
  return kill;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
