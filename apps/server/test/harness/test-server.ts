import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@mana/db/schema/database';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Deps } from '../../src/deps.ts';
import type { OutboxMail } from '../../src/mail/outbox.ts';
import { startServer } from '../../src/server.ts';
import { ApiClient } from './api-client.ts';
import { createTestConfig } from './config.ts';
import type { LogLine } from './log-lines.ts';
import { createCapturedLog } from './log-lines.ts';

/** A server on its own database, as tests use it. */
export interface TestServer {
  readonly origin: string;
  readonly database: TestDatabase;
  /** As the owner, around the server. */
  readonly owner: Kysely<Database>;
  readonly deps: Deps;
  readonly logLines: LogLine[];
  readonly logText: () => string;
  /** A client with a cookie jar of its own. */
  client(): ApiClient;
  /** A client of a signed-in user, made by signing up, following the mailed link, and signing in. */
  signedInClient(email?: string): Promise<ApiClient>;
  /** The first link in the newest mail to this address, once all of them are delivered. */
  newestLink(email: string): Promise<string>;
  /** What was mailed to this address, newest last, once all of it is delivered. */
  mailsTo(email: string): Promise<readonly OutboxMail[]>;
  close(): Promise<void>;
}

/** How a test server differs from the usual one. */
export interface TestServerOptions {
  readonly environment?: Record<string, string>;
  /** A database other than a freshly migrated one. */
  readonly database?: () => Promise<TestDatabase>;
  /** The server whose database it shares. */
  readonly beside?: TestServer;
  /** Puts something between the server and its database. */
  readonly databaseUrl?: (url: string) => string | Promise<string>;
  readonly now?: () => Date;
}

/** The password of every user of the tests. */
export const PASSWORD = 'a quiet correct horse';
const MAIL_POLL_MS = 5;
/** By the server's database: servers that share one deliver each other's mails. */
const deliveredMails = new Map<string, OutboxMail[]>();
let users = 0;

/** An address that no other test uses. */
export function freshEmail(): string {
  users += 1;
  return `user-${users}-${Date.now()}@example.org`;
}

/** Starts the real server on a database of its own, listening on a free port. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { beside } = options;
  const database = beside?.database ?? (await (options.database ?? createTestDatabase)());
  const delivered = deliveredMails.get(database.ownerUrl) ?? [];
  deliveredMails.set(database.ownerUrl, delivered);
  const captured = createCapturedLog();
  const databaseUrl = (await options.databaseUrl?.(database.appUrl)) ?? database.appUrl;
  const config = createTestConfig({
    DATABASE_URL: databaseUrl,
    MIGRATION_DATABASE_URL: database.ownerUrl,
    ...options.environment,
  });
  const server = await startServer({
    config,
    log: captured.log,
    onMail: (mail) => delivered.push(mail),
    now: options.now ?? (() => new Date()),
  });
  const { deps } = await server.ready;
  const origin = `http://127.0.0.1:${server.port}`;
  const pool = new pg.Pool({
    connectionString: database.ownerUrl,
    max: 2,
    // Whatever the database itself sets: the outbox shows its rows only under its policy.
    options: '-c row_security=on',
  });
  pool.on('error', () => undefined);
  const owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });

  return {
    origin,
    database,
    owner,
    deps,
    logLines: captured.lines,
    logText: captured.text,
    client: () => new ApiClient(origin),
    newestLink,
    mailsTo,
    async signedInClient(email = freshEmail()) {
      const client = new ApiClient(origin);
      await client.expectSuccess('auth.register', { email, password: PASSWORD, name: 'Test' });
      const token = new URL(await newestLink(email)).searchParams.get('token');
      await client.expectSuccess('auth.verifyEmail', { token });
      await client.expectSuccess('auth.login', { email, password: PASSWORD });
      return client;
    },
    async close() {
      await server.close();
      await owner.destroy();
      if (!beside) await database.drop();
    },
  };

  async function mailsTo(email: string): Promise<readonly OutboxMail[]> {
    const waiting = owner
      .selectFrom('auth.outbox')
      .select('id')
      .where('recipient', '=', email)
      .where('delivered_at', 'is', null);
    while ((await waiting.execute()).length > 0) await delay(MAIL_POLL_MS);
    return delivered.filter(({ to }) => to === email);
  }

  async function newestLink(email: string): Promise<string> {
    const link = (await mailsTo(email)).at(-1)?.links[0];
    if (!link) throw new Error(`No mail with a link went to ${email}`);
    return link;
  }
}
