import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { startPostgresForTests } from '@mana/db/testing/postgres-for-tests';
import { initTRPC } from '@trpc/server';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';
import { pino } from 'pino';
import superjson from 'superjson';
import { createApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { parseEnvironment } from '../../src/config.ts';
import { createMailer } from '../../src/mail/mailer.ts';
import { createOutbox } from '../../src/mail/outbox.ts';
import { hashPassword, verifyPassword } from '../../src/passwords.ts';
import { startServer } from '../../src/server.ts';
import { createDeps } from '../../src/start/create-deps.ts';
import { countPerSecond } from './rounds.ts';

export const EMAIL = 'bench@example.org';
export const PASSWORD = 'a quiet correct horse';
/** The page that Better Auth believes to be called from. */
export const BETTER_AUTH_ORIGIN = 'http://localhost:3000';
const HOST = '127.0.0.1';

export interface BenchServers {
  /** The real server, in production's log level and with limits out of the way. */
  readonly mana: string;
  /** The same on the same database, with CONCEAL_ACCOUNTS=on. */
  readonly manaConcealing: string;
  /** An empty tRPC query on the same adapter: our HTTP side with another router. */
  readonly empty: string;
  /** Better Auth at its defaults, over HTTP, on a database of the same Postgres. */
  readonly betterAuth: string;
  /** Verifications of the bare password hash, so many at once, in a process of its own. */
  bareHash(lanes: number, milliseconds: number): Promise<number>;
  close(): Promise<void>;
}

/** Starts each server in a process of its own, on one Postgres, so that only the machine is shared. */
export async function startBenchServers(): Promise<BenchServers> {
  const postgres = await startPostgresForTests();
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  const children: ChildProcess[] = [];

  async function createDatabase(name: string): Promise<string> {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name}`);
    const url = new URL(postgres.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  }

  async function start(role: string, databaseUrl = ''): Promise<string> {
    const child = fork(import.meta.filename, [role, databaseUrl], { stdio: 'inherit' });
    children.push(child);
    const [message] = await once(child, 'message');
    return String(message);
  }

  const database = await createDatabase('mana_bench_own');
  const mana = await start('mana', database);
  const manaConcealing = await start('mana-concealing', database);
  const empty = await start('empty', database);
  const theirs = await start('better-auth', await createDatabase('mana_bench_better_auth'));
  await start('hash');
  const hasher = children.at(-1);

  return {
    mana,
    manaConcealing,
    empty,
    betterAuth: theirs,
    async bareHash(lanes, milliseconds) {
      hasher?.send({ lanes, milliseconds });
      const [perSecond] = hasher ? await once(hasher, 'message') : [0];
      return Number(perSecond);
    },
    async close() {
      for (const child of children) {
        const exit = once(child, 'exit');
        child.disconnect();
        await exit;
      }
      await admin.end();
      await postgres.stop();
    },
  };
}

function createConfig(databaseUrl: string): Config {
  return parseEnvironment({
    PORT: '0',
    DATABASE_URL: databaseUrl,
    MANA_AUTH_SECRET: 'a secret of the bench, and of nothing else',
    CALLS_PER_MINUTE: '1000000',
  });
}

async function serveMana(config: Config): Promise<string> {
  const server = await startServer({
    config,
    log: pino({ level: 'error' }),
    onMail: () => undefined,
    now: () => new Date(),
  });
  await server.ready;
  return `http://${HOST}:${server.port}`;
}

const roles: Record<string, (databaseUrl: string) => Promise<string>> = {
  mana: (databaseUrl) => serveMana(createConfig(databaseUrl)),

  'mana-concealing': (databaseUrl) =>
    serveMana({ ...createConfig(databaseUrl), concealAccounts: true }),

  async empty(databaseUrl) {
    const t = initTRPC.create({ transformer: superjson });
    const config = createConfig(databaseUrl);
    const log = pino({ level: 'error' });
    const mailer = createMailer(
      createOutbox(() => undefined),
      log,
    );
    const { deps } = await createDeps({
      config,
      log,
      mailer,
      databaseUrl,
      now: () => new Date(),
      onWait: () => undefined,
      signal: new AbortController().signal,
    });
    const app = await createApp({
      config,
      log,
      router: t.router({ empty: t.procedure.query(() => null) }),
      outbox: null,
      getDeps: () => deps,
    });
    return app.listen({ port: 0, host: HOST });
  },

  async 'better-auth'(databaseUrl) {
    const options = {
      baseURL: BETTER_AUTH_ORIGIN,
      secret: 'a secret of the bench, and of nothing else',
      database: new pg.Pool({ connectionString: databaseUrl }),
      emailAndPassword: { enabled: true },
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
    };
    const { runMigrations } = await getMigrations(options);
    await runMigrations();
    const auth = betterAuth(options);
    await auth.api.signUpEmail({ body: { email: EMAIL, password: PASSWORD, name: 'Bench' } });
    const server = createServer(toNodeHandler(auth)).listen(0, HOST);
    await once(server, 'listening');
    const address = server.address();
    return `http://${HOST}:${typeof address === 'object' ? address?.port : ''}`;
  },

  async hash() {
    const hash = await hashPassword(PASSWORD);
    process.on('message', ({ lanes, milliseconds }: { lanes: number; milliseconds: number }) => {
      const verify = countPerSecond(lanes, () => verifyPassword({ hash, password: PASSWORD }));
      verify(milliseconds).then(
        (perSecond) => process.send?.(perSecond),
        () => process.exit(1),
      );
    });
    return 'ready';
  },
};

const [role = '', databaseUrl = ''] = process.argv.slice(2);
const serve = process.send ? roles[role] : undefined;
if (serve) {
  process.once('disconnect', () => process.exit());
  process.send?.(await serve(databaseUrl));
}
