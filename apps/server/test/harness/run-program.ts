import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const MANA = fileURLToPath(new URL('../../src/cli/mana.ts', import.meta.url));
/** What Node compiles once for all the processes that the tests start. */
const NODE_COMPILE_CACHE = fileURLToPath(
  new URL('../../node_modules/.cache/node', import.meta.url),
);

/** A program of the server in a process of its own, which sees no environment but what it is given. */
export interface ProgramRun {
  readonly child: ChildProcess;
  /** Resolves with the exit code, or null where it was killed. */
  readonly ended: Promise<number | null>;
  stdout(): string;
  stderr(): string;
  /** Both, in the order in which they came. */
  output(): string;
}

/** Runs `main.ts`, the server. */
export function runMain(
  environment: Record<string, string>,
  nodeOptions: readonly string[] = [],
): ProgramRun {
  // Not `close`: a Postgres that outlives it may hold its output open.
  return run([...nodeOptions, MAIN], environment, 'exit');
}

/** Runs `mana`, the command line for operators. All that it wrote is there once it has ended. */
export function runMana(args: readonly string[], environment: Record<string, string>): ProgramRun {
  return run([MANA, ...args], environment, 'close');
}

function run(
  args: readonly string[],
  environment: Record<string, string>,
  end: 'exit' | 'close',
): ProgramRun {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE, ...environment },
    // The channel is for `count-hashes.fixture.ts`.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = { stdout: '', stderr: '', both: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      written.both += text;
    });
  }
  return {
    child,
    ended: once(child, end).then(([code]) => code),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    output: () => written.both,
  };
}

/** What a command wrote, and its exit code. */
export interface ManaResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they came. */
  readonly output: string;
}

let calls = 0;

/**
 * Runs `mana` as `runMana` does, but in this process, which saves a second of CPU. One at a time: meanwhile,
 * environment, arguments and output of the process are those of the command.
 */
export async function callMana(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<ManaResult> {
  const before = { env: process.env, argv: process.argv, exitCode: process.exitCode };
  const written = { stdout: '', stderr: '', output: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      written.output += String(text);
      return true;
    }),
  );
  process.env = { PATH: before.env['PATH'], ...environment };
  process.argv = [process.execPath, MANA, ...args];
  process.exitCode = undefined;
  try {
    // The program is run by being loaded, so each time is a module of its own.
    calls += 1;
    await import(/* @vite-ignore */ `${MANA}?call=${calls}`);
    return { ...written, code: Number(process.exitCode ?? 0) };
  } finally {
    for (const spy of spies) spy.mockRestore();
    Object.assign(process, before);
  }
}
