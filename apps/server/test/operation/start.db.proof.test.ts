import { createEmptyTestDatabase } from '@mana/db/testing/test-database';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../harness/api-client.ts';
import {
  findFreePort,
  prepareServerStarts,
  signUpAt,
  statusOf,
  untilReady,
} from '../harness/server-starts.ts';
import { PASSWORD } from '../harness/test-server.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  BASE_URL: 'https://auth.example.org',
  SMTP_URL: 'smtp://localhost:2525',
  MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
  MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
};

describe('starting and stopping', () => {
  const { start, folder } = prepareServerStarts();

  it('takes its Postgres over after a kill -9, with every account', async () => {
    const port = await findFreePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: folder('kept') };
    const first = start(environment);
    await untilReady(first);
    await signUpAt(first, 'kept@example.org');
    first.child.kill('SIGKILL');
    await first.ended;
    const server = start(environment);
    await untilReady(server);
    const client = new ApiClient(`http://127.0.0.1:${port}`);
    await client.expectSuccess('auth.login', { email: 'kept@example.org', password: PASSWORD });
  });

  it('refuses a data folder that another process uses, and says what to do', async () => {
    const [port, other] = [await findFreePort(), await findFreePort()];
    const data = folder('shared');
    const server = start({ PORT: String(port), MANA_DATA_DIR: data });
    await untilReady(server);
    const second = start({ PORT: String(other), MANA_DATA_DIR: data });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/in use by another running mana-auth.*MANA_DATA_DIR/s);
    expect(await statusOf(`http://127.0.0.1:${port}/readyz`)).toBe(200);
  });

  it('waits, as the plain role alone, until somebody has migrated the database', async () => {
    const database = await createEmptyTestDatabase();
    const [port, other] = [await findFreePort(), await findFreePort()];
    const plain = { DATABASE_URL: database.appUrl, MANA_DATA_DIR: folder('plain') };
    const waiting = start({
      ...plain,
      ...PRODUCTION,
      PORT: String(port),
    });
    await expect.poll(waiting.output).toMatch(/waiting for \d+ migrations, first 0001_/);
    const readiness = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(await readiness.text()).toContain('MIGRATION_DATABASE_URL');
    start({
      ...plain,
      PORT: String(other),
      MANA_AUTH_SECRET: PRODUCTION.MANA_AUTH_SECRET,
      MANA_AUTH_KEK: PRODUCTION.MANA_AUTH_KEK,
      MIGRATION_DATABASE_URL: database.ownerUrl,
    });
    await untilReady(waiting);
  });

  it('migrates once when ten processes start at once on an empty database', async () => {
    const database = await createEmptyTestDatabase();
    const ports = await Promise.all(Array.from({ length: 10 }, findFreePort));
    const servers = ports.map((port) =>
      start({
        PORT: String(port),
        DATABASE_URL: database.appUrl,
        MIGRATION_DATABASE_URL: database.ownerUrl,
        MANA_DATA_DIR: folder('ten'),
      }),
    );
    await Promise.all(servers.map(untilReady));
    const migrated = servers.filter((server) => server.output().includes('database migrated'));
    expect(migrated).toHaveLength(1);
    const keySets = await Promise.all(
      ports.map((port) =>
        fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`).then((response) => response.text()),
      ),
    );
    expect(new Set(keySets).size).toBe(1);
    expect(JSON.parse(keySets[0] ?? '').keys).toHaveLength(1);
    for (const server of servers) server.child.kill('SIGTERM');
    await Promise.all(servers.map((server) => server.ended));
    await database.drop();
  });
});
