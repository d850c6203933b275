import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { ApiClient } from './api-client.ts';
import { type ProgramRun, runMain } from './run-program.ts';
import { PASSWORD } from './test-server.ts';

const RETRY_MS = 100;

/**
 * For the top of a `describe`: starts servers as somebody does at a terminal. Those that a test started
 * are stopped after it, and the folders of all go with the last.
 */
export function prepareServerStarts() {
  const started: ProgramRun[] = [];
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

  return {
    /** A path for data, the same for the same name. */
    folder: (name: string) => join(scratch, name),

    start(environment: Record<string, string>): StartedServer {
      const run = runMain(environment);
      started.push(run);
      return { ...run, origin: `http://127.0.0.1:${environment['PORT']}` };
    },
  };
}

interface StartedServer extends ProgramRun {
  /** Of the port that it was told to take. */
  readonly origin: string;
}

/** Waits as long as the server runs, however slow the machine; throws what it wrote if it ends. */
export async function untilReady({ origin, child, output }: StartedServer): Promise<void> {
  while ((await statusOf(`${origin}/readyz`)) !== 200) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded) throw new Error(`The server has ended:\n${output()}`);
    await delay(RETRY_MS);
  }
}

/** Somebody who signed up, redeemed the link of the mail in the outbox, and is signed in. */
export async function signUpAt({ origin }: StartedServer, email: string): Promise<ApiClient> {
  const client = new ApiClient(origin);
  await client.expectSuccess('auth.register', { email, password: PASSWORD, name: 'Kept' });
  const readOutbox = async () => {
    const headers = { accept: 'application/json' };
    const response = await fetch(`${origin}/dev/outbox`, { headers });
    return (await response.json()) as { to: string; links: string[] }[];
  };
  await expect.poll(async () => (await readOutbox()).at(-1)).toMatchObject({ to: email });
  const token = new URL((await readOutbox()).at(-1)?.links[0] ?? '').searchParams.get('token');
  await client.expectSuccess('auth.verifyEmail', { token });
  await client.expectSuccess('auth.login', { email, password: PASSWORD });
  return client;
}

/** The status of an answer, or 0 where there is none. */
export function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    (response) => response.status,
    () => 0,
  );
}

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
