import { readFile } from 'node:fs/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCatalog } from '../src/catalog/catalog.ts';
import { migrateToLatest } from '../src/migrate/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { schemaFiles } from './schema-files.ts';

let database: TestDatabase;
let db: Kysely<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
  pool.on('error', () => undefined); // cut off by drop()
  db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  await migrateToLatest({ db, appRole: database.appRole });
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

it('schema.sql and the expected catalog are what the migrations make', async () => {
  const catalog = await readCatalog(db, { app: database.appRole, owner: database.ownerRole });
  for (const { url, render } of schemaFiles) {
    expect(await readFile(url, 'utf8'), 'run `pnpm generate` in db/').toBe(render(catalog));
  }
});
