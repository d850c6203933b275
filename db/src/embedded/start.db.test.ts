import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startInChild } from '../../testing/embedded-child.ts';
import { createScratchFolder } from '../../testing/scratch-folder.ts';
import { findRunningEmbeddedPostgres } from './find-running.ts';
import { isPostgresOf } from './postmaster.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start.ts';

const scratch = createScratchFolder();
let dataDir: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  dataDir = join(scratch(), 'postgres');
  expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull();
  expect(await readdir(dirname(dataDir))).toEqual([]);
  postgres = await startEmbeddedPostgres({ dataDir });
});
afterAll(() => postgres.stop());

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the first start', () => {
  it('creates a database with an owner and a plain role, on loopback only', async () => {
    expect(postgres.reused).toBe(false);
    expect(postgres.port).not.toBe(5432);

    const roles = await query(
      postgres.superuserUrl,
      `select rolname, rolsuper or rolbypassrls or rolcreatedb or rolcreaterole as special
       from pg_roles where rolname like 'mana%' order by 1`,
    );
    expect(roles).toEqual([
      { rolname: 'mana_app', special: false },
      { rolname: 'mana_owner', special: false },
    ]);
    const facts = `
      select current_user::text as me, pg_get_userbyid(datdba)::text as owner, datname::text as name,
        pg_encoding_to_char(encoding)::text as encoding, lower('ÄÉ') as lower,
        current_setting('data_checksums') as checksums, current_setting('fsync') as fsync,
        current_setting('listen_addresses') as addresses
      from pg_database where datname = current_database()`;
    const expected = {
      owner: 'mana_owner',
      name: 'mana',
      encoding: 'UTF8',
      lower: 'äé',
      checksums: 'on',
      fsync: 'on',
      addresses: '127.0.0.1',
    };
    expect(await query(postgres.ownerUrl, facts)).toEqual([{ ...expected, me: 'mana_owner' }]);
    expect(await query(postgres.appUrl, facts)).toEqual([{ ...expected, me: 'mana_app' }]);
  });

  it('lets nobody in without the password, which only the owner of the folder can read', async () => {
    for (const url of [postgres.ownerUrl, postgres.appUrl, postgres.superuserUrl]) {
      const wrong = new URL(url);
      wrong.password = 'guess';
      await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    }
    expect((await stat(join(dataDir, 'passwords.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });
});

describe('while it runs', () => {
  it('is found without being taken over', async () => {
    const { ownerUrl, appUrl, superuserUrl, port } = postgres;
    expect(await findRunningEmbeddedPostgres(dataDir)).toEqual({
      ownerUrl,
      appUrl,
      superuserUrl,
      port,
    });
  });

  it('refuses its data folder to another process with a sentence, and goes on', async () => {
    const other = startInChild(dataDir);
    expect(await other.outcome).toEqual({
      failed: {
        fault: 'in-use',
        message:
          `The data folder ${dataDir} is in use by another running mana-auth ` +
          `(mana-auth, process ${process.pid}). ` +
          'Stop that one, or set MANA_DATA_DIR to another folder.',
      },
    });
    await other.kill();
    expect(await query(postgres.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('stop', () => {
  it('ends the process and keeps the data', async () => {
    const { ownerUrl, pid } = postgres;
    await query(ownerUrl, "create table notes as select 'kept' as note");
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(await isPostgresOf(pid, join(dataDir, 'cluster'))).toBe(false);
    expect(await findRunningEmbeddedPostgres(dataDir)).toBeNull();
    await expect(query(ownerUrl, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    postgres = await startEmbeddedPostgres({ dataDir });
    expect(postgres.reused).toBe(false);
    expect(await query(postgres.ownerUrl, 'select note from notes')).toEqual([{ note: 'kept' }]);
  });
});
