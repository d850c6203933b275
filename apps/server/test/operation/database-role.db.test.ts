import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../src/server.ts';
import { createTestConfig } from '../harness/config.ts';
import { createCapturedLog } from '../harness/log-lines.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
  BASE_URL: 'https://auth.example.org',
  SMTP_URL: 'smtp://localhost:2525',
};

describe('S27: the role that serves', () => {
  let database: TestDatabase;
  let admin: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  async function start(environment: Record<string, string>) {
    const captured = createCapturedLog();
    const server = await startServer({
      config: createTestConfig({ DATABASE_URL: database.appUrl, ...environment }),
      log: captured.log,
      onMail: () => undefined,
      now: () => new Date(),
    });
    try {
      await server.ready;
      return { failure: undefined, logText: captured.text() };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : '', logText: captured.text() };
    } finally {
      await server.close();
    }
  }

  it('serves in production as the plain role', async () => {
    expect((await start(PRODUCTION)).failure).toBeUndefined();
  });

  it('refuses to start in production as the owner of the tables', async () => {
    const { failure } = await start({ ...PRODUCTION, DATABASE_URL: database.ownerUrl });
    expect(failure).toMatch(/mana_owner owns tables.*plain role/);
  });

  it('refuses to start in production as a superuser', async () => {
    const { failure } = await start({ ...PRODUCTION, DATABASE_URL: database.adminUrl });
    expect(failure).toMatch(/is a superuser/);
  });

  it('refuses to start in production with BYPASSRLS', async () => {
    const name = `bypass_${database.name}`;
    await admin.query(
      `create role ${name} login bypassrls password 'x' in role ${database.appRole}`,
    );
    const url = new URL(database.appUrl);
    url.username = name;
    url.password = 'x';
    try {
      const { failure } = await start({ ...PRODUCTION, DATABASE_URL: url.href });
      expect(failure).toMatch(/has BYPASSRLS/);
    } finally {
      await admin.query(`drop role ${name}`);
    }
  });

  it('serves in development as the owner, with a loud warning', async () => {
    const { failure, logText } = await start({
      DATABASE_URL: database.ownerUrl,
      MANA_AUTH_KEK: PRODUCTION.MANA_AUTH_KEK,
    });
    expect(failure).toBeUndefined();
    expect(logText).toMatch(/"level":40.*owns tables/);
  });
});
