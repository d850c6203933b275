import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { connectForTest } from '../../testing/connect.ts';
import {
  createExistingDatabase,
  EXISTING_DATABASE_KINDS,
} from '../../testing/existing-database.ts';
import { inProofs } from '../../testing/in-proofs.ts';
import { readRows } from '../../testing/read-rows.ts';
import { createEmptyTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { readCatalog } from '../catalog/catalog.ts';
import { checkDrift } from '../catalog/drift.ts';
import { migrateToLatest, readMigrationPlan } from './migrate.ts';
import { renderPlan } from './plan.ts';

const KINDS = ['empty', ...EXISTING_DATABASE_KINDS] as const;

async function prepare(kind: (typeof KINDS)[number]): Promise<TestDatabase> {
  const database = await createEmptyTestDatabase();
  onTestFinished(() => database.drop());
  if (kind !== 'empty') await createExistingDatabase(database.ownerUrl, kind);
  return database;
}

/** As `psql -f` does: one text of many statements. */
async function runScript(url: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(script);
  } finally {
    await client.end();
  }
}

const readBookkeeping = async (db: Kysely<unknown>) =>
  (await sql`select name from auth.kysely_migration order by 1`.execute(db)).rows;

it.each(inProofs(KINDS, { otherwise: ['empty', 'drizzle'] }))(
  'the plan of the kind %s, run as a script, does what migrating does',
  async (kind) => {
    const [scripted, migrated] = [await prepare(kind), await prepare(kind)];
    const options = {
      db: connectForTest(scripted.ownerUrl, { max: 2 }),
      appRole: scripted.appRole,
    };
    await runScript(scripted.ownerUrl, renderPlan(await readMigrationPlan(options), ['A remark.']));
    const db = connectForTest(migrated.ownerUrl, { max: 2 });
    await migrateToLatest({ db, appRole: migrated.appRole });

    const roles = { app: scripted.appRole, owner: scripted.ownerRole };
    expect(await readCatalog(options.db, roles)).toEqual(await readCatalog(db, roles));
    expect(await readBookkeeping(options.db)).toEqual(await readBookkeeping(db));
    const admins = [scripted, migrated].map(({ adminUrl }) => connectForTest(adminUrl));
    const [one, other] = await Promise.all(admins.map(readRowsWithoutNow));
    expect(one).toEqual(other);
    expect(await migrateToLatest(options)).toEqual({ applied: [] });
  },
);

it('the plan is what migrating sends, statement for statement', async () => {
  const database = await prepare('drizzle');
  const sent: string[] = [];
  const db = connectForTest(database.ownerUrl, {
    onStatement: (statement) => sent.push(statement),
  });
  const options = { db, appRole: database.appRole };
  const plan = await readMigrationPlan(options);
  sent.length = 0;
  await migrateToLatest(options);
  const planned = plan.steps.flatMap((step) => step.statements);
  expect(sent.filter((statement) => !/^\s*(select|with|begin|commit)\b/.test(statement))).toEqual(
    planned,
  );
  expect(plan.pending).toEqual(Object.keys(migrations));
});

it('planning changes nothing, and waits for no writer', async () => {
  const database = await prepare('drizzle');
  const admin = connectForTest(database.adminUrl);
  const before = await readRows(admin);
  const writer = connectForTest(database.ownerUrl);
  await writer.transaction().execute(async (trx) => {
    await sql`lock table auth.users, auth.sessions in exclusive mode`.execute(trx);
    const db = connectForTest(database.ownerUrl);
    await sql`set lock_timeout = '200ms'`.execute(db);
    await readMigrationPlan({ db, appRole: database.appRole });
  });
  expect(await readRows(admin)).toEqual(before);
  expect((await sql`select from pg_class where relname ~ 'kysely'`.execute(admin)).rows).toEqual(
    [],
  );
});

it('a database that is up to date has an empty plan, which says so', async () => {
  const database = await prepare('empty');
  const options = { db: connectForTest(database.ownerUrl), appRole: database.appRole };
  await migrateToLatest(options);
  expect(renderPlan(await readMigrationPlan(options), ['One line.\nAnother.'])).toBe(
    '-- One line.\n-- Another.\n-- Nothing to do: the database is up to date.\n',
  );
});

it.each(inProofs(['script', 'run'], { otherwise: ['script'] }))(
  'a %s takes away what foreign default privileges grant on everything that is created',
  async (way) => {
    const database = await prepare('drizzle');
    const db = connectForTest(database.ownerUrl, { max: 2 });
    await sql`alter default privileges grant select on tables to public, pg_monitor`.execute(db);
    await sql`alter default privileges in schema auth grant update on sequences to pg_monitor`.execute(
      db,
    );
    const options = { db, appRole: database.appRole };
    if (way === 'run') await migrateToLatest(options);
    else await runScript(database.ownerUrl, renderPlan(await readMigrationPlan(options)));
    const roles = { app: database.appRole, owner: database.ownerRole };
    expect(await checkDrift(db, roles)).toEqual({ problems: [], warnings: [] });
  },
);

/** Any time that a migration filled in with the time of its run counts as the same. */
async function readRowsWithoutNow(db: Kysely<unknown>): Promise<string> {
  const today = new Date().toISOString().slice(0, 10);
  const rows = JSON.stringify(await readRows(db));
  return rows.replaceAll(new RegExp(`"${today}T[^"]+"`, 'g'), '"now"');
}
