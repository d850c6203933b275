import type { TestDatabase } from '@mana/db/testing/test-database';
import { createEmptyTestDatabase } from '@mana/db/testing/test-database';
import pg from 'pg';
import { expect } from 'vitest';
import { PASSWORD, startTestServer } from './test-server.ts';

/** Each setting in a value that some database has, and that isn't the one that we rely on. */
export const SESSION_SETTINGS: readonly string[] = [
  "DateStyle = 'German, DMY'",
  "DateStyle = 'SQL, DMY'",
  "DateStyle = 'Postgres, DMY'",
  "IntervalStyle = 'sql_standard'",
  "TimeZone = 'Asia/Kathmandu'",
  "client_encoding = 'LATIN1'",
  "bytea_output = 'escape'",
  'extra_float_digits = -15',
  'search_path = public, pg_catalog',
  'standard_conforming_strings = off',
  'quote_all_identifiers = on',
  'transform_null_equals = on',
  "default_transaction_isolation = 'serializable'",
  'default_transaction_deferrable = on',
  'row_security = off',
  "lock_timeout = '1ms'",
];

/**
 * Starts the server on an empty database with these settings, signs somebody up, follows the mailed link,
 * signs in, and asks `/readyz`, which compares the schema.
 */
export async function expectServes(
  settings: readonly string[],
  createDatabase = createEmptyTestDatabase,
  databaseUrl = (url: string): string | Promise<string> => url,
): Promise<void> {
  const server = await startTestServer({
    databaseUrl,
    database: async () => changeSettings(await createDatabase(), settings),
  });
  try {
    const email = `zoe-${Date.now()}@example.org`;
    const client = server.client();
    const name = 'Zoë 🦊 Iıİi';
    await client.expectSuccess('auth.register', { email, password: PASSWORD, name });
    const token = new URL(await server.newestLink(email)).searchParams.get('token');
    await client.expectSuccess('auth.verifyEmail', { token });
    await client.expectSuccess('auth.login', { email, password: PASSWORD });
    const { user } = (await client.expectSuccess('auth.profile')) as { user: unknown };
    expect(user).toMatchObject({ name, createdAt: expect.any(Date) });
    // A look on a busy machine may take longer than it has.
    const readiness = () => fetch(`${server.origin}/readyz`).then((answer) => answer.text());
    await expect.poll(readiness).toContain('"status":"ready"');
  } finally {
    await server.close();
  }
}

async function changeSettings(
  database: TestDatabase,
  settings: readonly string[],
): Promise<TestDatabase> {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    for (const setting of settings) {
      await admin.query(`alter database ${database.name} set ${setting}`);
    }
  } finally {
    await admin.end();
  }
  return database;
}
