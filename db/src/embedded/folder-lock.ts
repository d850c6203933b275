import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createLockUrl } from './addresses.ts';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** Any number that nothing else locks. */
const FOLDER_LOCK = 7_261_350_413;
/** Postgres notices a killed holder within milliseconds; this is generous. */
const PATIENCE_MS = 1_000;
const RETAKE_MS = 500;

/** Held while this process, and no other, uses the data folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the folder for this process until it is released or the process is gone, killed or not: the
 * lock lives as long as one connection. When Postgres drops that connection, the lock is taken again.
 * Throws an EmbeddedPostgresError (`in-use`) while another process has it.
 */
export async function takeFolderLock(folder: DataFolder, port: number): Promise<FolderLock> {
  const url = createLockUrl(folder, port);
  let released = false;
  let client = await connect(url);
  const watch = (): void => {
    client.on('end', () => void retake());
  };
  const retake = async (): Promise<void> => {
    while (!released) {
      await sleep(RETAKE_MS, undefined, { ref: false });
      try {
        client = await connect(url);
        if (released) return void (await client.end());
        await client.query('select pg_advisory_lock($1)', [FOLDER_LOCK]);
        return watch();
      } catch {
        // Postgres isn't back yet; requests report that themselves.
      }
    }
  };

  if (!(await tryLock(client))) {
    const holder = await describeHolder(client);
    await client.end();
    throw new EmbeddedPostgresError(
      'in-use',
      `The data folder ${folder.path} is in use by another running mana-auth${holder}. ` +
        'Stop that one, or set MANA_DATA_DIR to another folder.',
    );
  }
  watch();
  return {
    release: async () => {
      released = true;
      await client.end();
    },
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `mana-auth, process ${process.pid}`,
    connectionTimeoutMillis: 5_000,
  });
  // A lost connection is seen at 'end'; without a listener Node would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [FOLDER_LOCK],
    );
    if (rows[0]?.taken) return true;
    if (performance.now() > until) return false;
    await sleep(50);
  }
}

async function describeHolder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select activity.application_name as name
     from pg_locks as lock join pg_stat_activity as activity using (pid)
     where lock.locktype = 'advisory' and lock.granted
       and ((lock.classid::bigint << 32) | lock.objid::bigint) = $1`,
    [FOLDER_LOCK],
  );
  return rows[0] ? ` (${rows[0].name})` : '';
}
