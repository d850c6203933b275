import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { createEmptyTestDatabase, createTestDatabase } from '@mana/db/testing/test-database';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../harness/api-client.ts';
import { runMana } from '../harness/run-program.ts';
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

  it('runs its own Postgres whatever PG* variables are set, and so does `mana`', async () => {
    const port = await findFreePort();
    const environment = {
      PORT: String(port),
      MANA_DATA_DIR: folder('variables'),
      PGHOST: 'elsewhere.invalid',
      PGPORT: '1',
      PGUSER: 'somebody',
      PGDATABASE: 'something',
      PGSSLMODE: 'require',
      PGSSLNEGOTIATION: 'direct',
      PGOPTIONS: '-c no_such_setting=on',
      PGCLIENTENCODING: 'LATIN1',
      PGREPLICATION: 'database',
    };
    const server = start(environment);
    await untilReady(server);
    const check = runMana(['db', 'check'], environment);
    expect([await check.ended, check.output()]).toEqual([0, expect.anything()]);
  });

  it('refuses a port that is taken, and says what to do', async () => {
    const holder: Server = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const server = start({ PORT: String(port), MANA_DATA_DIR: folder('port') });
    expect(await server.ended).toBe(1);
    expect(server.output()).toContain(`Port ${port} is taken by another program`);
    holder.close();
  });

  it('says when the disk refuses writes', async () => {
    const file = folder('a-file');
    await writeFile(file, '');
    for (const folder of ['/sys/mana-auth', join(file, 'data')]) {
      const server = start({ PORT: String(await findFreePort()), MANA_DATA_DIR: folder });
      expect(await server.ended).toBe(1);
      expect(server.output()).toContain(folder);
      expect(server.output()).toMatch(/can't be (created|read).*MANA_DATA_DIR/);
      expect(server.output()).not.toContain('    at ');
    }
  });

  it('waits for a database that does not answer, says so, serves /livez, and then gets ready', async () => {
    const database = await createTestDatabase();
    const { hostname, port: databasePort } = new URL(database.appUrl);
    const proxy = await startFaultProxy({ host: hostname, port: Number(databasePort) });
    await proxy.setMode({ kind: 'refuse' });
    const port = await findFreePort();
    const server = start({
      PORT: String(port),
      DATABASE_URL: proxy.url(database.appUrl),
      MIGRATION_DATABASE_URL: proxy.url(database.ownerUrl),
      MANA_DATA_DIR: folder('waits'),
    });
    await expect.poll(() => statusOf(`http://127.0.0.1:${port}/livez`)).toBe(200);
    await expect.poll(server.output).toContain('waiting for the database at 127.0.0.1');
    const readiness = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.text()).toContain('waiting for the database');
    const call = await new ApiClient(`http://127.0.0.1:${port}`).call('auth.login', {
      email: 'a@example.org',
      password: 'x',
    });
    expect([call.status, call.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    await proxy.setMode({ kind: 'pass' });
    await untilReady(server);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await proxy.close();
    await database.drop();
  });

  it('waits for the address of the owner too, and can be stopped while it waits', async () => {
    const database = await createEmptyTestDatabase();
    const server = start({
      PORT: String(await findFreePort()),
      DATABASE_URL: database.appUrl,
      MIGRATION_DATABASE_URL: `postgres://owner@127.0.0.1:${await findFreePort()}/mana`,
      MANA_DATA_DIR: folder('owner'),
    });
    await expect.poll(server.output).toContain('waiting for the database');
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('ends the start in production without a secret or a key', async () => {
    const server = start({ NODE_ENV: 'production' });
    expect(await server.ended).toBe(1);
    expect(server.output()).toContain('MANA_AUTH_SECRET is missing');
    expect(server.output()).toContain('MANA_AUTH_KEK is missing');
  });

  it('`mana db` finds the embedded database: url for psql, check for drift', async () => {
    const port = await findFreePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: folder('cli') };
    const before = runMana(['db', 'url'], environment);
    expect(await before.ended).toBe(1);
    expect(before.output()).toContain('start the server first');
    const server = start(environment);
    await untilReady(server);
    const url = runMana(['db', 'url'], environment);
    expect(await url.ended).toBe(0);
    expect(url.output()).toMatch(/^postgres(ql)?:\/\/mana_owner:.+@127\.0\.0\.1:\d+\/mana\n$/);
    expect(url.output()).not.toContain(':5432/');
    const check = runMana(['db', 'check'], environment);
    expect(await check.ended).toBe(0);
  });

  it('lets running requests end when it is told to stop', async () => {
    const port = await findFreePort();
    const server = start({ PORT: String(port), MANA_DATA_DIR: folder('kept') });
    await untilReady(server);
    const client = new ApiClient(`http://127.0.0.1:${port}`);
    const login = client.call('auth.login', { email: 'kept@example.org', password: PASSWORD });
    await expect.poll(() => statusOf(`http://127.0.0.1:${port}/livez`)).toBe(200);
    server.child.kill('SIGTERM');
    expect((await login).status).toBe(200);
    expect(await server.ended).toBe(0);
  });
});
