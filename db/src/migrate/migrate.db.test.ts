import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { checkDrift } from '../catalog/drift.ts';
import { migrateToLatest, pendingMigrations } from './migrate.ts';

const ALL = Object.keys(migrations);

let database: TestDatabase;
let open: Kysely<unknown>[] = [];

function connect(url: string): Kysely<unknown> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined); // cut off by drop()
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  open.push(db);
  return db;
}

beforeAll(async () => {
  database = await createTestDatabase();
});

beforeEach(async () => {
  await sql`drop schema if exists auth cascade`.execute(connect(database.ownerUrl));
});

afterEach(async () => {
  await Promise.all(open.map((db) => db.destroy()));
  open = [];
});

afterAll(() => database.drop());

describe('migrateToLatest', () => {
  it('runs once when ten start at the same moment on an empty database', async () => {
    const runs = Array.from({ length: 10 }, () =>
      migrateToLatest({ db: connect(database.ownerUrl), appRole: database.appRole }),
    );
    const results = await Promise.all(runs);
    const worked = results.filter((result) => result.applied.length > 0);
    expect(worked).toEqual([{ applied: ALL }]);
  });

  it('does nothing on a database that is up to date', async () => {
    const options = { db: connect(database.ownerUrl), appRole: database.appRole };
    await migrateToLatest(options);
    expect(await migrateToLatest(options)).toEqual({ applied: [] });
  });

  it('runs again where all or some of the tables exist but no migration is remembered', async () => {
    const db = connect(database.ownerUrl);
    const options = { db, appRole: database.appRole };
    await migrateToLatest(options);
    await sql`insert into auth.users (id, name, email) values ('1', 'A', 'a@example.org')`.execute(
      db,
    );
    const losses = ['select', 'drop table auth.sessions', 'drop index auth.accounts_user_id_idx'];
    for (const loss of losses) {
      await sql.raw(loss).execute(db);
      await sql`drop table auth.kysely_migration, auth.kysely_migration_lock`.execute(db);
      expect(await migrateToLatest(options)).toEqual({ applied: ALL });
      const roles = { app: database.appRole, owner: database.ownerRole };
      expect(await checkDrift(db, roles)).toEqual({ problems: [], warnings: [] });
    }
    const users = await sql`select 1 from auth.users`.execute(db);
    expect(users.rows).toHaveLength(1);
  });

  it('names the migration that failed, keeps its cause and leaves nothing of the run', async () => {
    const db = connect(database.ownerUrl);
    await sql`create schema auth`.execute(db);
    await sql`create type auth.user_role as enum ('other')`.execute(db);

    await expect(migrateToLatest({ db, appRole: database.appRole })).rejects.toMatchObject({
      message: 'Migration 0002_users failed: invalid input value for enum auth.user_role: "user"',
      cause: { code: '22P02' },
    });
    const types = await sql<{ typname: string }>`
      select typname from pg_type
      where typnamespace = 'auth'::regnamespace and typtype = 'e'
    `.execute(db);
    expect(types.rows).toEqual([{ typname: 'user_role' }]);

    await sql`drop type auth.user_role`.execute(db);
    expect(await migrateToLatest({ db, appRole: database.appRole })).toEqual({ applied: ALL });
  });
});

describe('pendingMigrations', () => {
  it('lists all of them on an empty database, also for the plain role', async () => {
    expect(await pendingMigrations(connect(database.appUrl))).toEqual(ALL);
  });

  it('lists those that did not run, for the plain role', async () => {
    const db = connect(database.ownerUrl);
    await migrateToLatest({ db, appRole: database.appRole });
    const app = connect(database.appUrl);
    expect(await pendingMigrations(app)).toEqual([]);

    const last = ALL.at(-1);
    await sql`delete from auth.kysely_migration where name = ${last}`.execute(db);
    expect(await pendingMigrations(app)).toEqual([last]);
  });
});
