import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import type { Addresses } from '../src/embedded/addresses.ts';

/** What a child process reported about its start of the embedded Postgres. */
export type ChildOutcome =
  | { readonly started: Addresses & { readonly reused: boolean } }
  | { readonly failed: { readonly fault: string | undefined; readonly message: string } };

/** A process that runs the embedded Postgres, or failed to. */
export interface EmbeddedChild {
  readonly process: ChildProcess;
  /** Rejects when the child ends without a report. */
  readonly outcome: Promise<ChildOutcome>;
  /** Ends it with SIGKILL, which nothing can catch. */
  kill(): Promise<void>;
}

/** Starts Postgres, reports how that went, and goes on, ignoring Ctrl-C. */
const PROGRAM = `
process.on('SIGINT', () => {});
const { startEmbeddedPostgres } = await import(process.env.START_MODULE);
try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.env.DATA_DIR });
  process.stdout.write(JSON.stringify({ started: postgres }) + "\\n");
} catch (error) {
  process.stdout.write(JSON.stringify({ failed: { fault: error.fault, message: error.message } }) + "\\n");
}
`;

/**
 * Starts the embedded Postgres in a process of its own, which leads its own process group.
 * `through` is a command that runs it, such as `unshare …`.
 */
export function startInChild(dataDir: string, through: readonly string[] = []): EmbeddedChild {
  const [file = '', ...args] = [...through, process.execPath, '--input-type=module', '-e', PROGRAM];
  const child = spawn(file, args, {
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      START_MODULE: new URL('../src/embedded/start.ts', import.meta.url).href,
      DATA_DIR: dataDir,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'close');
  return {
    process: child,
    outcome: readOutcome(child, gone),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function readOutcome(child: ChildProcess, gone: Promise<unknown>): Promise<ChildOutcome> {
  if (!child.stdout) throw new Error('The child has no output');
  const line = once(createInterface(child.stdout), 'line');
  const said = await Promise.race([line, gone.then(() => null)]);
  if (said === null) throw new Error('The child ended without a report');
  const outcome: ChildOutcome = JSON.parse(String(said[0]));
  return outcome;
}

/** Waits until the child has begun to create the folder, or finds one that an earlier child completed. */
export async function waitForFolder(dataDir: string, pid: number | undefined): Promise<void> {
  const [complete, draft] = [basename(dataDir), `${basename(dataDir)}.new-${pid}-`];
  const isThere = async () =>
    (await readdir(dirname(dataDir))).some((name) => name === complete || name.startsWith(draft));
  await expect.poll(isThere, { interval: 5 }).toBe(true);
}
