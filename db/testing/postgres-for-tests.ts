import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProcessAlive } from '../src/embedded/postmaster.ts';
import { startEmbeddedPostgres } from '../src/embedded/start.ts';
import { findDockerEngine } from './docker-engine.ts';
import { stopAbandonedPostgres } from './stop-abandoned.ts';

/** A Postgres that a test run may fill and break. */
export interface PostgresForTests {
  readonly kind: 'TEST_DATABASE_URL' | 'Testcontainers' | 'embedded';
  /** Of a superuser. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** A crash may lose everything: each run creates its test databases. */
const FAST_AND_UNSAFE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
} as const;

const IMAGE = 'postgres:18.4-alpine';
const FOLDER_PREFIX = 'mana-auth-test-';
const DATA_DIR = 'postgres';

/**
 * Takes the disposable server of TEST_DATABASE_URL, else a container where a Docker engine answers,
 * else the embedded Postgres in a temporary folder. Reports on stderr which one, in one line.
 */
export async function startPostgresForTests(): Promise<PostgresForTests> {
  const { TEST_DATABASE_URL } = process.env;
  if (TEST_DATABASE_URL) {
    say(`TEST_DATABASE_URL (${new URL(TEST_DATABASE_URL).host})`);
    return { kind: 'TEST_DATABASE_URL', adminUrl: TEST_DATABASE_URL, stop: async () => undefined };
  }
  const engine = await findDockerEngine(process.env);
  if (engine === null) return startEmbedded('no Docker engine answers');
  try {
    return await startContainer(engine);
  } catch (error) {
    const [reason] = String(error).split('\n');
    return startEmbedded(`the Docker engine at ${engine} started no container: ${reason}`);
  }
}

async function startContainer(engine: string): Promise<PostgresForTests> {
  // Loaded only here: it takes half a second that a run without Docker can save.
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const flags = Object.entries(FAST_AND_UNSAFE).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const container = await new PostgreSqlContainer(IMAGE)
    .withCommand(['postgres', ...flags])
    .start();
  say(`Testcontainers (${IMAGE}, engine at ${engine})`);
  return {
    kind: 'Testcontainers',
    adminUrl: container.getConnectionUri(),
    stop: async () => void (await container.stop()),
  };
}

async function startEmbedded(reason: string): Promise<PostgresForTests> {
  await removeLeftovers();
  const root = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  const dataDir = join(root, DATA_DIR);
  const postgres = await startEmbeddedPostgres({ dataDir, settings: FAST_AND_UNSAFE });
  say(`embedded (port ${postgres.port}; ${reason})`);
  // On Ctrl-C vitest exits without its teardown.
  const leave = () => {
    if (isProcessAlive(postgres.pid)) process.kill(postgres.pid, 'SIGQUIT');
  };
  process.once('exit', leave);
  return {
    kind: 'embedded',
    adminUrl: postgres.superuserUrl,
    stop: async () => {
      process.off('exit', leave);
      await postgres.stop('immediate');
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Removes what killed runs left behind: servers that still run, and folders. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    if (isProcessAlive(Number.parseInt(name.slice(FOLDER_PREFIX.length), 10))) continue;
    const root = join(tmpdir(), name);
    // A folder that was half removed no longer names its server; one that another run is removing, or that
    // belongs to another user, doesn't stop this run.
    await stopAbandonedPostgres(join(root, DATA_DIR)).catch(() => undefined);
    await rm(root, { recursive: true, force: true }).catch(() => undefined);
  }
}

function say(what: string): void {
  process.stderr.write(`Postgres for tests: ${what}\n`);
}
