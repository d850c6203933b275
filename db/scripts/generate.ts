import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { readCatalog } from '../src/catalog/catalog.ts';
import type { Catalog } from '../src/catalog/catalog-types.ts';
import { APP_ROLE, OWNER_ROLE } from '../src/embedded/roles.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded/start.ts';
import { migrateToLatest } from '../src/migrate/migrate.ts';
import type { MigrationPlan } from '../src/migrate/plan.ts';
import {
  addNewMigrations,
  DATABASE_KINDS,
  DIGESTS_FILE,
  digestMigrations,
  findChangedMigrations,
  type MigrationDigests,
  type MigrationPlans,
  planMigrationsFor,
} from './migration-digests.ts';
import { schemaFiles } from './schema-files.ts';

// Writes schema.sql and the expected catalog as the migrations make them on an empty database, and adds
// the digests of new migrations. With --check it writes nothing and exits 1 when a file is out of step.
// A recorded digest is never rewritten: a released migration that runs something else is an error.

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const { plans, catalog } = await withEmptyPostgres(async (postgres) => ({
  plans: await planForEachKind(postgres),
  catalog: await migrateAndRead(postgres.ownerUrl),
}));

for (const { url, render } of schemaFiles) await settle(url, render(catalog));

const found = digestMigrations(plans);
const recorded: MigrationDigests = JSON.parse(await readFile(DIGESTS_FILE, 'utf8'));
await settle(DIGESTS_FILE, `${JSON.stringify(addNewMigrations(recorded, found), null, 2)}\n`);
for (const problem of findChangedMigrations(recorded, found)) fail(problem);

/** Writes the file where it says something else; with --check that is an error. */
async function settle(url: URL, wanted: string): Promise<void> {
  const name = basename(url.pathname);
  const text = await readFile(url, 'utf8').catch(() => null);
  if (text === wanted) {
    process.stdout.write(`${name} is in step\n`);
  } else if (options.check) {
    fail(`${name} is out of step with the migrations: run \`pnpm generate\` in db/`);
  } else {
    await writeFile(url, wanted);
    process.stdout.write(`${name} written\n`);
  }
}

function fail(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}

async function planForEachKind(postgres: EmbeddedPostgres): Promise<MigrationPlans> {
  const plans = new Map<string, MigrationPlan>();
  for (const kind of DATABASE_KINDS) {
    const ownerUrl = await createDatabase(postgres, `plan_${kind}`);
    plans.set(kind, await planMigrationsFor(kind, { ownerUrl, appRole: APP_ROLE }));
  }
  return plans;
}

async function createDatabase(postgres: EmbeddedPostgres, name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: postgres.superuserUrl });
  await admin.connect();
  try {
    await admin.query(`create database ${name} owner ${OWNER_ROLE}`);
  } finally {
    await admin.end();
  }
  const url = new URL(postgres.ownerUrl);
  url.pathname = name;
  return url.href;
}

async function migrateAndRead(ownerUrl: string): Promise<Catalog> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  // The pool says that it has ended before its connection is closed, and Postgres may stop in between.
  pool.on('error', () => undefined);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrateToLatest({ db, appRole: APP_ROLE });
    return await readCatalog(db, { app: APP_ROLE, owner: OWNER_ROLE });
  } finally {
    await db.destroy();
  }
}

/** Runs `work` on a Postgres with an empty database. Everything is removed afterwards. */
async function withEmptyPostgres<T>(work: (postgres: EmbeddedPostgres) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mana-schema-'));
  try {
    const dataDir = join(folder, 'data');
    const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    try {
      return await work(postgres);
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
