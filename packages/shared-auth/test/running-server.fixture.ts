import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const mainFile = fileURLToPath(new URL('../../../apps/server/src/main.ts', import.meta.url));
const START_LIMIT_MS = 100_000;

/** The real server, in a process of its own. */
export interface RunningServer {
  readonly url: string;
  /** The token in the newest link that was mailed to an address. */
  findMailedToken(email: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts mana-auth as a developer would, with an embedded Postgres in a folder of its own. */
export async function startRunningServer(): Promise<RunningServer> {
  const port = await findFreePort();
  const folder = await mkdtemp(join(tmpdir(), 'mana-sdk-'));
  const child = spawn(process.execPath, [mainFile], {
    env: { PORT: String(port), MANA_DATA_DIR: folder, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = `http://localhost:${port}`;
  await waitUntilReady(child, url);
  return {
    url,
    findMailedToken: (email) => findMailedToken(url, email),
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  let output = '';
  child.stderr?.on('data', (part) => {
    output += String(part);
  });
  const endMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < endMs && child.exitCode === null) {
    const isReady = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await sleep(100);
  }
  child.kill('SIGTERM');
  throw new Error(`the server didn't start: ${output}`);
}

async function findMailedToken(url: string, email: string): Promise<string> {
  const endMs = Date.now() + 60_000;
  while (Date.now() < endMs) {
    const response = await fetch(`${url}/dev/outbox`, { headers: { accept: 'application/json' } });
    const mails: { to: string; links: string[] }[] = await response.json();
    const link = mails.findLast((mail) => mail.to === email)?.links[0];
    const token = link && new URL(link).searchParams.get('token');
    if (token) return token;
    await sleep(50);
  }
  throw new Error(`no mail to ${email}`);
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
