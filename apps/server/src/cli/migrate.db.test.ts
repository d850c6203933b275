import { createExistingDatabase } from '@mana/db/testing/existing-database';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createEmptyTestDatabase } from '@mana/db/testing/test-database';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { createExistingSecrets } from '../../test/harness/older-secrets.ts';
import { callMana, type ManaResult } from '../../test/harness/run-program.ts';

const SECRET = 'a secret of the tests, and of nothing else';
const OTHER_SECRET = 'another secret of the tests, and of nothing else';

async function prepare(secret = SECRET): Promise<TestDatabase> {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  const secrets = await createExistingSecrets(secret);
  await createExistingDatabase(database.ownerUrl, 'plain', secrets);
  return database;
}

async function mana(
  { appUrl, ownerUrl }: TestDatabase,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Omit<ManaResult, 'output'>> {
  const { output: _, ...result } = await callMana(args, {
    NODE_ENV: 'test',
    DATABASE_URL: appUrl,
    MIGRATION_DATABASE_URL: ownerUrl,
    MANA_AUTH_SECRET: SECRET,
    ...environment,
  });
  return result;
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

it('mana migrate takes an existing database to a schema without drift, and then has nothing to do', async () => {
  const database = await prepare();
  const first = await mana(database, ['migrate']);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^0001_schema_and_enums is done\.\n(\d{4}_\w+ is done\.\n)+$/);
  expect(await mana(database, ['db', 'check'])).toMatchObject({ code: 0 });
  expect(await mana(database, ['migrate'])).toEqual({
    code: 0,
    stdout: 'Nothing to do: the database is up to date.\n',
    stderr: '',
  });
});

it('mana migrate --plan changes nothing, and its output, run as a script, does the same', async () => {
  const database = await prepare();
  const plan = await mana(database, ['migrate', '--plan']);
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(
    await query(database.ownerUrl, `select to_regclass('auth.kysely_migration') as t`),
  ).toEqual([{ t: null }]);
  await query(database.ownerUrl, plan.stdout);
  expect(await mana(database, ['db', 'check'])).toMatchObject({ code: 0 });
  expect(await mana(database, ['migrate', '--plan'])).toMatchObject({
    code: 0,
    stdout: '-- Nothing to do: the database is up to date.\n',
  });
});

it('the plan says what no secret opens, and what to do about it', async () => {
  const database = await prepare(OTHER_SECRET);
  await query(
    database.ownerUrl,
    `insert into auth.jwks values ('rsa', '{"kty":"RSA"}', '"00"');
     update auth.two_factor_auth set backup_codes = 'broken' where user_id = 'user-cyd';
     update auth.accounts set password = '$2b$10$bcrypt' where user_id = 'user-bob'`,
  );
  const { code, stdout } = await mana(database, ['migrate', '--plan']);
  const remarks = stdout.slice(0, stdout.indexOf('begin;')).trimEnd().split('\n');
  expect([code, remarks]).toEqual([
    0,
    [
      '-- To be set up again:',
      expect.stringMatching(/^-- - the signing key signing-key-1 can't be opened/),
      expect.stringMatching(/^-- - the signing key rsa is of an algorithm/),
      expect.stringMatching(/^-- - the second factor of the user user-ada can't be opened/),
      expect.stringMatching(/^-- - the backup codes of the user user-cyd can't be opened/),
      expect.stringMatching(/^-- - 1 passwords are stored in a form .* user user-bob/),
    ],
  ]);
  const accepted = { MANA_AUTH_ACCEPTED_SECRETS: OTHER_SECRET };
  const opened = await mana(database, ['migrate', '--plan'], accepted);
  expect(opened.stdout).not.toMatch(/signing-key-1|user-ada/);
});

it('the plan names users whose second factor is missing or can’t be opened, and the command', async () => {
  const database = await prepare(OTHER_SECRET);
  await query(
    database.ownerUrl,
    `update auth.users set two_factor_enabled = false where id = 'user-cyd';
     update auth.two_factor_auth set enabled = false;
     update auth.users set two_factor_enabled = true where id in ('user-bob', 'user-eve')`,
  );
  const readRemarks = async () => {
    const { stdout } = await mana(database, ['migrate', '--plan']);
    const remarks = stdout.slice(0, stdout.indexOf('begin;')).split('\n');
    return remarks.filter((line) => line.includes('second factor'));
  };
  const command = 'run `mana users remove-second-factor <email>`';
  // Bob is deleted, and Cyd isn't asked for a second factor.
  expect(await readRemarks()).toEqual([
    expect.stringMatching(`the second factor of the user user-ada can't be opened: .* ${command}`),
    expect.stringMatching(`the user user-eve is asked for a second factor, .* ${command}`),
  ]);
  await query(database.ownerUrl, 'drop table auth.two_factor_auth');
  expect(await readRemarks()).toEqual([
    expect.stringContaining('the user user-ada is asked for a second factor'),
    expect.stringContaining('the user user-eve is asked for a second factor'),
  ]);
});

it('says what rules the migration out, with exit code 1', async () => {
  const database = await prepare();
  await query(
    database.ownerUrl,
    `insert into auth.users (id, name, email) values ('user-twin', 'Ada', 'ADA@example.org')`,
  );
  for (const args of [['migrate'], ['migrate', '--plan']]) {
    const ended = await mana(database, args);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^The database can't be migrated, and nothing was changed:\n {2}- auth\.users: user-ada .*, user-twin .*\n$/,
    );
  }
});

it('migrates without a secret, and says what it did not check', async () => {
  const database = await prepare();
  const environment = { MANA_AUTH_SECRET: '', MANA_DATA_DIR: '/nonexistent' };
  const { code, stdout } = await mana(database, ['migrate'], environment);
  expect(code).toBe(0);
  expect(stdout).toMatch(/MANA_AUTH_SECRET is not set/);
});
