import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { expect, it, onTestFinished } from 'vitest';

const PRELOAD = new URL('../harness/loaded-modules.fixture.ts', import.meta.url).href;
const EMBEDDED = /^loaded .*embedded.*$/m;

function run(script: string, args: string[], environment: Record<string, string>) {
  const file = fileURLToPath(new URL(`../../src/${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', PRELOAD, file, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { output: () => output, ended };
}

it('loads no embedded Postgres in production', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const server = run('main.ts', [], {
    NODE_ENV: 'production',
    PORT: '0',
    BASE_URL: 'https://auth.example.org',
    DATABASE_URL: database.appUrl,
    MIGRATION_DATABASE_URL: database.ownerUrl,
    SMTP_URL: 'smtp://localhost:2525',
    MANA_AUTH_SECRET: 'a secret of the tests, and of nothing else',
    MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
  });
  await expect.poll(server.output).toContain('"msg":"ready"');
  expect(server.output()).toMatch(/^loaded .*\/db\/src\/client\/client\.ts$/m);
  expect(server.output()).not.toMatch(EMBEDDED);
});

it('loads what finds the embedded Postgres if no database is configured', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mana-modules-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const mana = run('cli/mana.ts', ['db', 'url'], { MANA_DATA_DIR: join(folder, 'none') });
  expect(await mana.ended).toBe(1);
  expect(mana.output()).toMatch(EMBEDDED);
});
