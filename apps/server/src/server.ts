import { createApp } from './app.ts';
import type { Config } from './config/config.ts';
import type { Deps } from './deps.ts';
import type { Log } from './logging/log.ts';
import { MAX_SENDING } from './mail/mail-delivery.ts';
import type { Outbox, OutboxMail } from './mail/outbox.ts';
import { createOutbox } from './mail/outbox.ts';
import { createSmtpTransport } from './mail/smtp.ts';
import { appRouter } from './router.ts';
import { createDeps } from './start/create-deps.ts';
import { migrateDatabase } from './start/migrate-database.ts';
import { openDatabase } from './start/open-database.ts';
import { retryOnOutage } from './start/retry-on-outage.ts';

/** How often idle connections are closed while the server stops. */
const IDLE_SWEEP_MS = 50;

/** What a server is started with. */
export interface ServerOptions {
  readonly config: Config;
  readonly log: Log;
  readonly onMail: (mail: OutboxMail) => void;
  readonly now: () => Date;
}

/** A server that listens. */
export interface RunningServer {
  /** The port that it listens on. */
  readonly port: number;
  /** Resolves once the database answers and calls are served; rejects if the start fails. */
  readonly ready: Promise<{ deps: Deps; databaseDescription: string }>;
  readonly outbox: Outbox | null;
  /** Stops listening, lets running requests and mails finish, then closes the database. May be called again. */
  close(): Promise<void>;
}

/**
 * Listens immediately, so that probes get an answer, and serves calls as soon as the database answers.
 * Rejects if the port is unavailable.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log, now } = options;
  const outbox = config.smtpUrl === null ? createOutbox(options.onMail) : null;
  const smtp = { from: config.mailFrom, maxConnections: MAX_SENDING };
  const transport = outbox ?? createSmtpTransport(config.smtpUrl ?? '', smtp);
  let state: Deps | string = 'the server is starting';
  const stopping = new AbortController();
  const closers: (() => Promise<void>)[] = [async () => transport.close()];

  const app = await createApp({ config, log, router: appRouter, outbox, getDeps: () => state });
  const address = await app.listen({ port: config.port, host: config.host });
  const ready = prepare();

  async function prepare() {
    const { signal } = stopping;
    const onWait = (reason: string) => {
      state = reason;
    };
    const database = await openDatabase(config, { log, onWait, signal });
    closers.push(() => database.close());
    state = 'the database is being migrated';
    const waiting = { log, onWait, signal };
    await retryOnOutage(() => migrateDatabase(database, log), waiting);
    const databaseUrl = database.appUrl;
    const built = await retryOnOutage(
      () => createDeps({ config, log, transport, databaseUrl, now, onWait, signal }),
      waiting,
    );
    closers.push(built.close);
    state = built.deps;
    return { deps: built.deps, databaseDescription: database.description };
  }

  let closing: Promise<void> | undefined;
  async function closeAll(): Promise<void> {
    stopping.abort();
    // A connection whose request ends only now would stay open for another, and keep us waiting.
    const sweep = setInterval(() => app.server.closeIdleConnections(), IDLE_SWEEP_MS);
    await app.close().finally(() => clearInterval(sweep));
    // Whoever waits for `ready` has been told why the start was cut short.
    await ready.catch(() => undefined);
    for (const close of closers.toReversed()) await close();
  }

  return {
    port: Number(new URL(address).port),
    ready,
    outbox,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
