/** The process of one server of the bench: `node roles.ts <role> [database]`, forked by the environment. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { initTRPC } from '@trpc/server';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';
import { pino } from 'pino';
import superjson from 'superjson';
import { createApp } from '../../src/app.ts';
import type { Config } from '../../src/config/config.ts';
import { parseEnvironment } from '../../src/config/config.ts';
import { createOutbox } from '../../src/mail/outbox.ts';
import { hashPassword, verifyPasswordHash } from '../../src/passwords/password-hash.ts';
import { startServer } from '../../src/server.ts';
import { createDeps } from '../../src/start/create-deps.ts';
import { createPasskey } from '../../test/harness/software-authenticator.ts';
import { BETTER_AUTH_ORIGIN, EMAIL, PASSWORD } from './bench-user.ts';
import { countPerSecond } from './rounds.ts';

const HOST = '127.0.0.1';

function createConfig(databaseUrl: string): Config {
  return parseEnvironment({
    PORT: '0',
    BASE_URL: 'http://localhost:3000',
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

/** Repeats `work` as often as it can whenever the parent asks, and reports how often per second. */
function measureOnDemand(work: () => Promise<unknown>): string {
  process.on('message', ({ lanes, milliseconds }: { lanes: number; milliseconds: number }) => {
    countPerSecond(
      lanes,
      work,
    )(milliseconds).then(
      (perSecond) => process.send?.(perSecond),
      () => process.exit(1),
    );
  });
  return 'ready';
}

/** Each serves on a free port and resolves with its origin. */
const roles = {
  mana: (databaseUrl: string) => serveMana(createConfig(databaseUrl)),

  'mana-concealing': (databaseUrl: string) =>
    serveMana({ ...createConfig(databaseUrl), concealAccounts: true }),

  async empty(databaseUrl: string) {
    const t = initTRPC.create({ transformer: superjson });
    const config = createConfig(databaseUrl);
    const log = pino({ level: 'error' });
    const transport = createOutbox(() => undefined);
    const { deps } = await createDeps({
      config,
      log,
      transport,
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

  async 'better-auth'(databaseUrl: string) {
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
    const hash = await hashPassword(PASSWORD, { memoryKib: 19_456, passes: 2 });
    return measureOnDemand(() => verifyPasswordHash({ hash, password: PASSWORD }));
  },

  async webauthn() {
    const passkey = createPasskey();
    const expectedChallenge = randomBytes(32).toString('base64url');
    const response = passkey.assert(expectedChallenge);
    const publicKey = new Uint8Array(passkey.publicKey);
    return measureOnDemand(async () => {
      const { verified } = await verifyAuthenticationResponse({
        response,
        expectedChallenge,
        expectedOrigin: 'http://localhost:3000',
        expectedRPID: 'localhost',
        credential: { id: passkey.id, publicKey, counter: 0 },
      });
      if (!verified) throw new Error('The assertion does not verify');
    });
  },
};

/** Which server a process is. */
export type Role = keyof typeof roles;

const [wanted, databaseUrl = ''] = process.argv.slice(2);
const role = Object.keys(roles).find((name): name is Role => name === wanted);
if (role) {
  process.once('disconnect', () => process.exit());
  process.send?.(await roles[role](databaseUrl));
}
