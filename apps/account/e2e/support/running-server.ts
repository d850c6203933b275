import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { queryEmbedded } from '@mana/db/testing/query-embedded';

const MAIN = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));
const MOVABLE_CLOCK = new URL('./movable-clock.ts', import.meta.url).href;
const START_TIMEOUT_MS = 100_000;
const MINUTE_MS = 60_000;

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly links: readonly string[];
}

/** A running server. */
export interface OpenServer {
  readonly url: string;
  /** The newest link to `path` that was emailed to the address. */
  findLink(to: string, path?: string): Promise<string | undefined>;
  /** The subjects of the emails to the address, oldest first. */
  readSubjects(to: string): Promise<string[]>;
  /** The newest email to the address. */
  readNewestText(to: string): Promise<string | undefined>;
  /** Ends it as Ctrl-C would, if the test started it. Returns the exit code. */
  stop(): Promise<number | null>;
}

/** A server for one test file: a process, with an embedded Postgres in its own folder. */
export interface RunningServer extends OpenServer {
  /** Ends it and starts it again, with the same port and folder, as after an update. */
  restart(): Promise<void>;
  /** Everything that it has logged so far, in human-readable lines. */
  readLog(): string;
  /** Queries the database itself, as its superuser: sees and changes everything. */
  query(statement: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Makes the database hang: its processes are suspended and answer nothing. */
  freezeDatabase(): void;
  thawDatabase(): void;
  /** Suspends the server itself. */
  freeze(): void;
  thaw(): void;
  /** Moves the server's clock. Its database and the browser don't notice. */
  passMinutes(minutes: number): Promise<void>;
  /** By the server's clock, in milliseconds since 1970. */
  readClock(): number;
}

/** The server at MANA_URL if that is set (CI runs the README's command), or else a new one. */
export async function openServer(): Promise<OpenServer> {
  const url = process.env['MANA_URL'];
  if (url === undefined) return startServer();
  return { url, ...readOutbox(url, async () => undefined), stop: async () => 0 };
}

/** Starts a server and waits until it is ready. Throws what it wrote if it ends before that. */
export async function startServer(
  environment: Record<string, string> = {},
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mana-e2e-'));
  const port = await findFreePort();
  const url = `http://localhost:${port}`;
  const place = { ...environment, PORT: `${port}`, MANA_DATA_DIR: folder };
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });

  let running = launch(place);
  await waitUntilReady(running, url).catch((error: unknown) => {
    removeFolder();
    throw error;
  });
  let earlierLog = '';
  let aheadMs = 0;
  let frozen: number[] = [];
  const thawDatabase = () => {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    frozen = [];
  };
  const end = () => {
    thawDatabase();
    running.child.kill('SIGCONT');
    running.child.kill('SIGTERM');
    return running.exited;
  };
  return {
    url,
    ...readOutbox(url, (to) => untilDelivered(join(folder, 'postgres'), to)),
    async restart() {
      await end();
      earlierLog += running.readLog();
      running = launch(place);
      await waitUntilReady(running, url);
      await moveClock(running.child, aheadMs / MINUTE_MS);
    },
    readLog: () => earlierLog + running.readLog(),
    query: (statement, values) => queryEmbedded(join(folder, 'postgres'), statement, values),
    freezeDatabase() {
      frozen = findDatabaseProcesses(folder);
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    thawDatabase,
    freeze: () => void running.child.kill('SIGSTOP'),
    thaw: () => void running.child.kill('SIGCONT'),
    async passMinutes(minutes) {
      await moveClock(running.child, minutes);
      aheadMs += minutes * MINUTE_MS;
    },
    readClock: () => Date.now() + aheadMs,
    async stop() {
      const code = await end();
      removeFolder();
      return code;
    },
  };
}

interface Launched {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly readLog: () => string;
}

/** The caller's environment doesn't affect what is tested: no DATABASE_URL, no BASE_URL. */
function launch(environment: Record<string, string>): Launched {
  const child = spawn(process.execPath, ['--import', MOVABLE_CLOCK, MAIN], {
    cwd: environment['MANA_DATA_DIR'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'development', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written += text;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exited, readLog: () => written };
}

async function waitUntilReady({ child, exited, readLog }: Launched, url: string): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      child.kill('SIGTERM');
      await exited;
      throw new Error(`The server didn't start:\n${readLog()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function moveClock(child: ChildProcess, minutes: number): Promise<void> {
  const heard = new Promise((resolve) => child.once('message', resolve));
  child.send({ minutes });
  await heard;
}

/** Mails are sent a moment after the answer. */
async function untilDelivered(dataDir: string, to: string): Promise<void> {
  const waiting = 'select 1 from auth.outbox where recipient = $1 and delivered_at is null';
  while ((await queryEmbedded(dataDir, waiting, [to])).length > 0) await delay(20);
}

function readOutbox(
  url: string,
  untilAllDelivered: (to: string) => Promise<void>,
): Pick<OpenServer, 'findLink' | 'readSubjects' | 'readNewestText'> {
  async function findMails(to: string): Promise<Mail[]> {
    await untilAllDelivered(to);
    const response = await fetch(`${url}/dev/outbox`, { headers: { accept: 'application/json' } });
    const mails: Mail[] = await response.json();
    return mails.filter((mail) => mail.to === to);
  }
  return {
    async findLink(to, path = '/api/auth/verify-email') {
      const links = (await findMails(to)).flatMap((mail) => mail.links);
      return links.findLast((link) => new URL(link).pathname === path);
    },
    readSubjects: async (to) => (await findMails(to)).map((mail) => mail.subject),
    readNewestText: async (to) => (await findMails(to)).at(-1)?.text,
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** The postmaster of the embedded Postgres in `folder`, and its child processes. */
function findDatabaseProcesses(folder: string): number[] {
  const [pidFile] = globSync(join(folder, 'postgres/**/postmaster.pid'));
  if (!pidFile) throw new Error(`No postmaster.pid under ${folder}`);
  const postmaster = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  return [postmaster, ...children.trim().split(/\s+/).filter(Boolean).map(Number)];
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
