import { runMain } from './run-program.ts';

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

/** Starts `main.ts` on a free port and waits until it names it. Throws what it wrote if it ends before. */
export async function startServerProcess(
  environment: Record<string, string>,
): Promise<ServerProcess> {
  const { child, ended, output } = runMain(
    { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'info', ...environment },
    ['--import', COUNT_HASHES],
  );
  let hashes = 0;
  child.on('message', () => (hashes += 1));
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /"port":(\d+)|port: (\d+)/.exec(output())?.slice(1).find(Boolean);
      if (found) resolve(found);
    });
    ended.then(() => reject(new Error(`The server named no port:\n${output()}`)), reject);
  });

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
