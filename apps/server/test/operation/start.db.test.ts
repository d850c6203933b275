import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
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

describe('starting and stopping', () => {
  const { start, folder } = prepareServerStarts();

  it('needs nothing, says where everything is, and keeps accounts and sessions over a restart', async () => {
    const port = await findFreePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: folder('kept') };
    const first = start(environment);
    await untilReady(first);
    await expect
      .poll(first.output)
      .toMatch(
        /account pages .*\/sign-up[\s\S]*outbox .*\/dev\/outbox[\s\S]*database [\s\S]*Next:/,
      );

    const email = 'kept@example.org';
    const client = await signUpAt(first, email);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);

    const server = start(environment);
    await untilReady(server);
    await client.expectSuccess('auth.profile');
    await client.expectSuccess('auth.login', { email, password: PASSWORD });
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

  it('lists every problem of its environment at once, without the values', async () => {
    const server = start({
      NODE_ENV: 'production',
      PORT: 'eighty',
      MANA_AUTH_SECRET: 'too short',
      DATABASE_URL: 'mysql://root:hunter2@localhost/x',
      TRUSTED_ORIGINS: 'https://app.example.org/path',
    });
    expect(await server.ended).toBe(1);
    for (const name of [
      'PORT',
      'MANA_AUTH_SECRET',
      'DATABASE_URL',
      'TRUSTED_ORIGINS',
      'BASE_URL',
      'SMTP_URL',
      'MANA_AUTH_KEK',
    ]) {
      expect(server.output()).toContain(`- ${name} `);
    }
    expect(server.output()).not.toMatch(/hunter2|too short/);
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

  it('keeps its development secret from others', async () => {
    const data = folder('cli');
    expect((await readFile(join(data, 'secret'), 'utf8')).length).toBeGreaterThan(40);
    expect((await stat(join(data, 'secret'))).mode & 0o077).toBe(0);
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
