import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFaultProxy } from '@mana/db/testing/fault-proxy';
import { createEmptyTestDatabase, createTestDatabase } from '@mana/db/testing/test-database';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../harness/api-client.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const MANA = fileURLToPath(new URL('../../src/cli/mana.ts', import.meta.url));
const PASSWORD = 'a quiet correct horse';
const PRODUCTION = {
  NODE_ENV: 'production',
  BASE_URL: 'https://auth.example.org',
  SMTP_URL: 'smtp://localhost:2525',
  MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
  MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
};

interface Process {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

describe('starting and stopping', () => {
  const started: Process[] = [];
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'mana-start-'));
  });
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill('SIGTERM');
      await ended;
    }
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  function run(script: string, args: string[], environment: Record<string, string>): Process {
    const child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, 'exit').then(([code]) => code);
    const handle = { child, output: () => output, ended };
    if (script === MAIN) started.push(handle);
    return handle;
  }

  const start = (environment: Record<string, string>) => run(MAIN, [], environment);

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  }

  const statusOf = (url: string) =>
    fetch(url).then(
      (response) => response.status,
      () => 0,
    );
  const untilReady = (port: number) =>
    expect.poll(() => statusOf(`http://127.0.0.1:${port}/readyz`), { timeout: 30_000 }).toBe(200);

  it('needs nothing, says where everything is, and keeps accounts and sessions over a restart', async () => {
    const port = await freePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: join(scratch, 'kept') };
    const first = start(environment);
    await untilReady(port);
    await expect
      .poll(first.output)
      .toMatch(
        /account pages .*\/sign-up[\s\S]*outbox .*\/dev\/outbox[\s\S]*database [\s\S]*Next:/,
      );

    const client = new ApiClient(`http://127.0.0.1:${port}`);
    const email = 'kept@example.org';
    await client.expectSuccess('auth.register', { email, password: PASSWORD, name: 'Kept' });
    const outbox = await fetch(`http://127.0.0.1:${port}/dev/outbox`, {
      headers: { accept: 'application/json' },
    }).then((response) => response.json() as Promise<{ to: string; links: string[] }[]>);
    expect(outbox.at(-1)).toMatchObject({ to: email });
    await fetch(outbox.at(-1)?.links[0] ?? '', { redirect: 'manual' });
    await client.expectSuccess('auth.login', { email, password: PASSWORD });
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);

    start(environment);
    await untilReady(port);
    await client.expectSuccess('auth.profile');
    await client.expectSuccess('auth.login', { email, password: PASSWORD });
  });

  it('takes its Postgres over after a kill -9, with every account', async () => {
    const port = await freePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: join(scratch, 'kept') };
    const first = start(environment);
    await untilReady(port);
    first.child.kill('SIGKILL');
    await first.ended;
    start(environment);
    await untilReady(port);
    const client = new ApiClient(`http://127.0.0.1:${port}`);
    await client.expectSuccess('auth.login', { email: 'kept@example.org', password: PASSWORD });
  });

  it('refuses a data folder that another process uses, and says what to do', async () => {
    const [port, other] = [await freePort(), await freePort()];
    const folder = join(scratch, 'shared');
    start({ PORT: String(port), MANA_DATA_DIR: folder });
    await untilReady(port);
    const second = start({ PORT: String(other), MANA_DATA_DIR: folder });
    expect(await second.ended).toBe(1);
    expect(second.output()).toMatch(/in use by another running mana-auth.*MANA_DATA_DIR/s);
    expect(await statusOf(`http://127.0.0.1:${port}/readyz`)).toBe(200);
  });

  it('refuses a port that is taken, and says what to do', async () => {
    const holder: Server = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const server = start({ PORT: String(port), MANA_DATA_DIR: join(scratch, 'port') });
    expect(await server.ended).toBe(1);
    expect(server.output()).toContain(`Port ${port} is taken by another program`);
    holder.close();
  });

  it('says when the disk refuses writes', async () => {
    const file = join(scratch, 'a-file');
    await writeFile(file, '');
    for (const folder of ['/sys/mana-auth', join(file, 'data')]) {
      const server = start({ PORT: String(await freePort()), MANA_DATA_DIR: folder });
      expect(await server.ended).toBe(1);
      expect(server.output()).toContain(folder);
      expect(server.output()).toMatch(/can't be (made|read).*MANA_DATA_DIR/);
      expect(server.output()).not.toContain('    at ');
    }
  });

  it('waits for a database that does not answer, says so, serves /livez, and then gets ready', async () => {
    const database = await createTestDatabase();
    const { hostname, port: databasePort } = new URL(database.appUrl);
    const proxy = await startFaultProxy({ host: hostname, port: Number(databasePort) });
    await proxy.setMode({ kind: 'refuse' });
    const port = await freePort();
    const server = start({
      PORT: String(port),
      DATABASE_URL: proxy.url(database.appUrl),
      MIGRATION_DATABASE_URL: proxy.url(database.ownerUrl),
      MANA_DATA_DIR: join(scratch, 'waits'),
    });
    await expect
      .poll(() => statusOf(`http://127.0.0.1:${port}/livez`), { timeout: 20_000 })
      .toBe(200);
    await expect
      .poll(server.output, { timeout: 10_000 })
      .toContain('waiting for the database at 127.0.0.1');
    const readiness = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.text()).toContain('waiting for the database');
    const call = await new ApiClient(`http://127.0.0.1:${port}`).call('auth.login', {
      email: 'a@example.org',
      password: 'x',
    });
    expect([call.status, call.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    await proxy.setMode({ kind: 'pass' });
    await untilReady(port);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    await proxy.close();
    await database.drop();
  });

  it('waits for the address of the owner too, and can be stopped while it waits', async () => {
    const database = await createEmptyTestDatabase();
    const server = start({
      PORT: String(await freePort()),
      DATABASE_URL: database.appUrl,
      MIGRATION_DATABASE_URL: `postgres://owner@127.0.0.1:${await freePort()}/mana`,
      MANA_DATA_DIR: join(scratch, 'owner'),
    });
    await expect.poll(server.output, { timeout: 20_000 }).toContain('waiting for the database');
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  it('waits, as the plain role alone, until somebody has migrated the database', async () => {
    const database = await createEmptyTestDatabase();
    const [port, other] = [await freePort(), await freePort()];
    const plain = { DATABASE_URL: database.appUrl, MANA_DATA_DIR: join(scratch, 'plain') };
    const waiting = start({
      ...plain,
      ...PRODUCTION,
      PORT: String(port),
    });
    await expect
      .poll(waiting.output, { timeout: 20_000 })
      .toMatch(/waiting for \d+ migrations, first 0001_/);
    const readiness = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(await readiness.text()).toContain('MIGRATION_DATABASE_URL');
    start({
      ...plain,
      PORT: String(other),
      MANA_AUTH_SECRET: PRODUCTION.MANA_AUTH_SECRET,
      MANA_AUTH_KEK: PRODUCTION.MANA_AUTH_KEK,
      MIGRATION_DATABASE_URL: database.ownerUrl,
    });
    await untilReady(port);
  });

  it('migrates once when ten processes start at once on an empty database', async () => {
    const database = await createEmptyTestDatabase();
    const ports = await Promise.all(Array.from({ length: 10 }, freePort));
    const servers = ports.map((port) =>
      start({
        PORT: String(port),
        DATABASE_URL: database.appUrl,
        MIGRATION_DATABASE_URL: database.ownerUrl,
        MANA_DATA_DIR: join(scratch, 'ten'),
      }),
    );
    await Promise.all(ports.map(untilReady));
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
    const port = await freePort();
    const environment = { PORT: String(port), MANA_DATA_DIR: join(scratch, 'cli') };
    const before = run(MANA, ['db', 'url'], environment);
    expect(await before.ended).toBe(1);
    expect(before.output()).toContain('start the server first');
    start(environment);
    await untilReady(port);
    const url = run(MANA, ['db', 'url'], environment);
    expect(await url.ended).toBe(0);
    expect(url.output()).toMatch(/^postgres(ql)?:\/\/mana_owner:.+@127\.0\.0\.1:\d+\/mana\n$/);
    expect(url.output()).not.toContain(':5432/');
    const check = run(MANA, ['db', 'check'], environment);
    expect(await check.ended).toBe(0);
  });

  it('keeps its development secret from others', async () => {
    const folder = join(scratch, 'cli');
    expect((await readFile(join(folder, 'secret'), 'utf8')).length).toBeGreaterThan(40);
    expect((await stat(join(folder, 'secret'))).mode & 0o077).toBe(0);
  });

  it('lets running requests end when it is told to stop', async () => {
    const port = await freePort();
    const server = start({ PORT: String(port), MANA_DATA_DIR: join(scratch, 'kept') });
    await untilReady(port);
    const client = new ApiClient(`http://127.0.0.1:${port}`);
    const login = client.call('auth.login', { email: 'kept@example.org', password: PASSWORD });
    await expect.poll(() => statusOf(`http://127.0.0.1:${port}/livez`)).toBe(200);
    server.child.kill('SIGTERM');
    expect((await login).status).toBe(200);
    expect(await server.ended).toBe(0);
  });
});
