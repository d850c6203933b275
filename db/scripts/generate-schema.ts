import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { readCatalog } from '../src/catalog/catalog.ts';
import type { Catalog } from '../src/catalog/catalog-types.ts';
import { schemaFiles } from '../src/catalog/schema-files.ts';
import { APP_ROLE, OWNER_ROLE } from '../src/embedded/roles.ts';
import { startEmbeddedPostgres } from '../src/embedded/start.ts';
import { migrateToLatest } from '../src/migrate/migrate.ts';

// Writes schema.sql and the expected catalog as the migrations make them on an empty database.
// With --check it writes nothing and exits 1 when a file is out of step.

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const catalog = await withEmptyDatabase(migrateAndRead);
for (const { url, render } of schemaFiles) {
  const wanted = render(catalog);
  const name = basename(url.pathname);
  const found = await readFile(url, 'utf8').catch(() => null);
  if (found === wanted) {
    process.stdout.write(`${name} is in step\n`);
  } else if (options.check) {
    process.stderr.write(
      `${name} is out of step with the migrations: run \`pnpm generate\` in db/\n`,
    );
    process.exitCode = 1;
  } else {
    await writeFile(url, wanted);
    process.stdout.write(`${name} written\n`);
  }
}

async function migrateAndRead(ownerUrl: string): Promise<Catalog> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  // The pool says it has ended before its connection is closed, and Postgres may stop in between.
  pool.on('error', () => undefined);
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrateToLatest({ db, appRole: APP_ROLE });
    return await readCatalog(db, { app: APP_ROLE, owner: OWNER_ROLE });
  } finally {
    await db.destroy();
  }
}

/** Runs `work` on an empty database that is gone afterwards. */
async function withEmptyDatabase<T>(work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mana-schema-'));
  try {
    const dataDir = join(folder, 'data');
    const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
    try {
      return await work(postgres.ownerUrl);
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
