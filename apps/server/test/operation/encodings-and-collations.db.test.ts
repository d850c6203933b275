import { createExistingDatabase } from '@mana/db/testing/existing-database';
import { createEmptyTestDatabase, type TestDatabase } from '@mana/db/testing/test-database';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';
import { callMana } from '../harness/run-program.ts';
import { expectServes } from '../harness/session-settings.ts';

const TURKISH = "encoding 'UTF8' locale_provider icu icu_locale 'tr' locale 'C'";
const LATIN1 = "encoding 'LATIN1' locale_provider libc locale 'C'";

async function mana({ appUrl, ownerUrl }: TestDatabase, ...args: string[]) {
  const { code, output } = await callMana(args, {
    NODE_ENV: 'test',
    DATABASE_URL: appUrl,
    MIGRATION_DATABASE_URL: ownerUrl,
    MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
  });
  return { code, output };
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function create(kind: string): Promise<TestDatabase> {
  const database = await createEmptyTestDatabase(kind);
  onTestFinished(() => database.drop());
  return database;
}

describe('a database with Turkish rules for upper and lower case', () => {
  it('is migrated, served, and shows no drift', () =>
    expectServes([], () => createEmptyTestDatabase(TURKISH)));

  it('is not migrated where that would change addresses, and then with the addresses kept', async () => {
    const database = await create(TURKISH);
    await createExistingDatabase(database.ownerUrl, 'plain');
    await query(
      database.ownerUrl,
      `insert into auth.users (id, name, email) values ('user-ali', 'Ali', 'ALI.IZMIR@example.org')`,
    );
    const refused = await mana(database, 'migrate');
    expect(refused).toMatchObject({ code: 1 });
    const [, mend = ''] = /address: run `(update [^`]+)` first\n$/.exec(refused.output) ?? [];
    await query(database.ownerUrl, mend);
    expect(await mana(database, 'migrate')).toEqual({ code: 0, output: expect.any(String) });
    const kept = `select email from auth.users where id = 'user-ali'`;
    expect(await query(database.adminUrl, kept)).toEqual([{ email: 'ali.izmir@example.org' }]);
    expect(await mana(database, 'db', 'check')).toEqual({ code: 0, output: expect.any(String) });
  });
});

describe('a database that stores text as LATIN1', () => {
  it('is refused in one sentence by the start, and by every command that migrates or checks it', async () => {
    const database = await create(LATIN1);
    const sentence = /the database stores text as LATIN1, .*: create one with `encoding 'UTF8'`/;
    for (const command of [['migrate'], ['migrate', '--plan'], ['db', 'check']]) {
      const { code, output } = await mana(database, ...command);
      expect([code, output]).toEqual([1, expect.stringMatching(sentence)]);
    }
    for (const migrating of [{ MIGRATION_DATABASE_URL: database.ownerUrl }, {}]) {
      const server = await startServer({
        config: createTestConfig({ DATABASE_URL: database.appUrl, ...migrating }),
        log: createCapturedLog().log,
        onMail: () => undefined,
        now: () => new Date(),
      });
      await expect(server.ready).rejects.toThrow(sentence);
      await server.close();
    }
  });
});
