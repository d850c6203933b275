import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const COUNT_HASHES = new URL('./count-hashes.fixture.ts', import.meta.url).href;

/** The server as it is run, in a process of its own. */
export interface ServerProcess {
  readonly origin: string;
  /** How many passwords it has begun to hash. */
  hashes(): number;
  stop(): Promise<void>;
  /** Ends it where it is. */
  kill(): Promise<void>;
}

/** Starts `main.ts` on a free port and waits until it is ready. */
export async function startServerProcess(
  environment: Record<string, string>,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--import', COUNT_HASHES, MAIN], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      PORT: '0',
      LOG_LEVEL: 'info',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit');
  let output = '';
  let hashes = 0;
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.on('message', () => (hashes += 1));
  const port = await vi.waitFor(
    () => {
      const found = /"port":(\d+)|port: (\d+)/.exec(output)?.slice(1).find(Boolean);
      if (!found) throw new Error(`The server has not named its port:\n${output}`);
      return found;
    },
    { timeout: 30_000, interval: 50 },
  );

  return {
    origin: `http://127.0.0.1:${port}`,
    hashes: () => hashes,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
