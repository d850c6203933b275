import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { connectForTest } from '../../testing/connect.ts';
import { createExistingDatabase } from '../../testing/existing-database.ts';
import { findLostValues, readRows } from '../../testing/read-rows.ts';
import { createEmptyTestDatabase } from '../../testing/test-database.ts';
import { checkDrift } from '../catalog/drift.ts';
import { migrateToLatest } from './migrate.ts';

/** Ends the connection on the server's side just before its nth statement. */
function connectUntil(url: string, adminUrl: string, nth: number) {
  let sent = 0;
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({
      pool: {
        options: pool.options,
        end: () => pool.end(),
        connect: async () => {
          const client = await pool.connect();
          const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
          return {
            release: () => client.release(true),
            query: async (text: unknown, parameters?: readonly unknown[]) => {
              sent += 1;
              if (sent === nth) await terminate(adminUrl, rows[0]?.pid);
              return client.query(String(text), [...(parameters ?? [])]);
            },
          } as pg.PoolClient;
        },
      },
    }),
  });
  return { db, countSent: () => sent };
}

async function terminate(adminUrl: string, pid: number | undefined): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query('select pg_terminate_backend($1, 5000)', [pid]);
  await admin.end();
}

/** How many points of the run are tried, evenly spread; the last statement, the commit, is one of them. */
const POINTS = 40;

it('a migration killed at any point leaves all as it was, and then runs to the end', async () => {
  const rehearsal = await createEmptyTestDatabase();
  onTestFinished(() => rehearsal.drop());
  await createExistingDatabase(rehearsal.ownerUrl, 'drizzle');
  const { db: rehearsed, countSent } = connectUntil(rehearsal.ownerUrl, '', -1);
  await migrateToLatest({ db: rehearsed, appRole: rehearsal.appRole });
  await rehearsed.destroy();
  const statements = countSent();
  expect(statements).toBeGreaterThan(100);

  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  await createExistingDatabase(database.ownerUrl, 'drizzle');
  const admin = connectForTest(database.adminUrl);
  const before = await readRows(admin);
  for (let point = 1; point <= POINTS; point += 1) {
    const nth = Math.ceil((point * statements) / POINTS);
    const { db } = connectUntil(database.ownerUrl, database.adminUrl, nth);
    await expect(migrateToLatest({ db, appRole: database.appRole })).rejects.toThrow();
    await db.destroy();
    const started = await sql`
      select from pg_type where typname = 'user_kind' union all
      select from pg_class where relname = 'kysely_migration'
    `.execute(admin);
    expect(started.rows, `killed before statement ${nth}`).toEqual([]);
  }
  expect(await readRows(admin)).toEqual(before);

  const db = connectForTest(database.ownerUrl, { max: 2 });
  await migrateToLatest({ db, appRole: database.appRole });
  const roles = { app: database.appRole, owner: database.ownerRole };
  expect(await checkDrift(db, roles)).toEqual({ problems: [], warnings: [] });
  expect(findLostValues(before, await readRows(admin))).toEqual([]);
});
