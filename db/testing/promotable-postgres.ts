import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { CLUSTER } from '../src/embedded/data-folder.ts';
import { findFreePort } from '../src/embedded/launch.ts';
import { createPostgresCommand } from '../src/embedded/programs.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded/start.ts';

const POLL_MS = 50;

/** A Postgres with a standby that has every commit before it is acknowledged. */
export interface PromotablePostgres {
  /** The first server. */
  readonly first: EmbeddedPostgres;
  readonly standbyPort: number;
  /** Ends the first server at once, as a power failure does. */
  killFirst(): Promise<void>;
  /** Makes the standby accept writes. */
  promote(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both, on copies of one new cluster, with streaming replication between them. */
export async function startPromotablePostgres(): Promise<PromotablePostgres> {
  const root = await mkdtemp(join(tmpdir(), 'mana-auth-standby-'));
  const [dataDir, copy] = [join(root, 'first'), join(root, 'second')];
  await (await startEmbeddedPostgres({ dataDir })).stop();
  await cp(dataDir, copy, { recursive: true });
  const first = await startEmbeddedPostgres({
    dataDir,
    settings: { synchronous_standby_names: '*' },
  });

  const standbyPort = await findFreePort();
  await writeFile(join(copy, CLUSTER, 'standby.signal'), '');
  const { username, password, port } = new URL(first.superuserUrl);
  const { file, args, env } = createPostgresCommand('postgres', [
    ...['-D', join(copy, CLUSTER), '-c', `port=${standbyPort}`],
    ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    ...[
      '-c',
      'timezone=UTC',
      '-c',
      `primary_conninfo=host=127.0.0.1 port=${port} user=${username} password=${password}`,
    ],
  ]);
  const standby = spawn(file, args, { env, stdio: 'ignore' });
  const ended = once(standby, 'exit');
  const standbyUrl = new URL(first.superuserUrl);
  standbyUrl.port = String(standbyPort);

  const until = async (url: string, condition: string): Promise<void> => {
    while (!(await isTrue(url, condition))) await delay(POLL_MS);
  };
  await until(
    first.superuserUrl,
    `exists (select from pg_stat_replication where sync_state = 'sync')`,
  );
  await until(standbyUrl.href, 'pg_is_in_recovery()');
  return {
    first,
    standbyPort,
    async killFirst() {
      process.kill(first.pid, 'SIGKILL');
      while (await isTrue(first.superuserUrl, 'true')) await delay(POLL_MS);
    },
    promote: () => until(standbyUrl.href, 'pg_promote()'),
    async stop() {
      await first.stop('immediate');
      standby.kill('SIGQUIT');
      await ended;
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** False also where nobody answers. */
async function isTrue(connectionString: string, condition: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ is_true: boolean }>(`select ${condition} as is_true`);
    return rows[0]?.is_true === true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
