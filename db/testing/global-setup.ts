import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateToLatest } from '../src/migrate/migrate.ts';
import { startPostgresForTests } from './postgres-for-tests.ts';
import { runAsAdmin } from './run-as-admin.ts';
import { createTestUrl, prepareTestServer, type TestServer } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    manaTestServer: TestServer;
  }
}

/**
 * For `globalSetup` of a vitest configuration: one Postgres for the whole run, with a migrated template
 * that `createTestDatabase` copies. Returns the function that removes all of it.
 */
export default async function setUpTestServer(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgresForTests();
  try {
    const { server, release } = await prepareTestServer(postgres.adminUrl);
    await createTemplate(server);
    project.provide('manaTestServer', server);
    return async () => {
      await release();
      await postgres.stop();
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function createTemplate(server: TestServer): Promise<void> {
  const { template, ownerRole, appRole } = server;
  await runAsAdmin(
    server,
    `create database ${template} owner ${ownerRole} template template0
    encoding 'UTF8'`,
  );

  const pool = new pg.Pool({
    connectionString: createTestUrl(server, template, ownerRole),
    max: 2,
  });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrateToLatest({ db, appRole });
  } finally {
    await db.destroy();
  }
  // A database can be copied only while nobody is connected to it.
  await runAsAdmin(server, `alter database ${template} with allow_connections false`);
}
