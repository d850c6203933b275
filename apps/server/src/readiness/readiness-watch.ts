import { setTimeout as delay } from 'node:timers/promises';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import { checkSchema } from '@mana/db/migrate/check-schema';
import type { Database } from '@mana/db/schema/database';
import { type Kysely, sql } from 'kysely';
import type { SigningKeys } from '../access-tokens/signing-keys.ts';
import { reasonOf } from '../logging/error-reason.ts';
import type { Log } from '../logging/log.ts';
import type { DatabaseRoles } from './database-roles.ts';
import { type KekWatch, startKekWatch } from './kek-watch.ts';
import { findMailWarnings } from './mail-warnings.ts';

/** The pause between two checks. */
const CHECK_EVERY_MS = 2000;
/** If a check takes longer, the database counts as not answering. */
const CHECK_DEADLINE_MS = 2000;

/** One of the things that were checked. */
export interface ReadinessCheck {
  readonly name: 'database' | 'migrations' | 'schema' | 'signing-keys' | 'vault-keys' | 'mail';
  readonly ok: boolean;
  /** One line for each problem. */
  readonly problems: readonly string[];
  /** One line for each thing that an operator should know and that keeps nobody out. */
  readonly warnings: readonly string[];
}

/** Whether the server can do its work, and what was checked for that. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ReadinessCheck[];
}

/**
 * Checks the database every two seconds, independently of requests: whether it answers, whether a migration
 * is missing, and where its schema differs from the one that this code expects. What only differs is a warning.
 */
export interface ReadinessWatch {
  /** What the newest check found; while one hangs, that the database doesn't answer. */
  check(): Promise<Readiness>;
  /** Waits for a running check. */
  stop(): Promise<void>;
}

interface WatchOptions {
  readonly db: Kysely<Database>;
  readonly roles: DatabaseRoles;
  readonly signingKeys: SigningKeys;
  readonly keyProvider: KeyProvider;
  readonly faultTrace: FaultTrace;
  readonly log: Log;
  readonly now: () => Date;
}

/** Starts watching. A change is logged once, with each difference on a line of its own. */
export function startReadinessWatch(options: WatchOptions): ReadinessWatch {
  const { faultTrace, log } = options;
  const stopping = new AbortController();
  const kekWatch = startKekWatch(options);
  let seen = '';
  let warned = '';
  let latest = begin();
  const watching = watch();

  /** Begins a check: `whole` ends with the check itself, `answer` after the deadline at the latest. */
  function begin() {
    // A scope of its own, so that a fault here isn't one of the call in which the check began.
    const whole = faultTrace.run(() => readReadiness(options, kekWatch));
    return { whole, answer: withDeadline(whole).then(report) };
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Waits for a check that hangs, so that checks don't pile up on a database that hangs.
      await Promise.all([latest.whole, latest.answer]);
      await delay(CHECK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) latest = begin();
    }
  }

  function report(readiness: Readiness): Readiness {
    const problems = readiness.checks.flatMap((check) => check.problems);
    const summary = problems.join('\n');
    if (summary !== seen && problems.length > 0) log.error({ problems }, 'not ready');
    if (summary !== seen && problems.length === 0) log.info('ready again');
    seen = summary;
    warn(readiness);
    return readiness;
  }

  /** While the database doesn't answer nothing is known, and nothing new to say afterwards. */
  function warn({ checks }: Readiness): void {
    if (!checks.some(({ name }) => name === 'schema')) return;
    // What becomes of mails is logged where they are delivered.
    const warnings = checks.flatMap((check) => (check.name === 'mail' ? [] : check.warnings));
    const summary = warnings.join('\n');
    if (summary !== warned && warnings.length > 0) {
      log.warn({ warnings }, 'the database differs from the one that this version expects');
    }
    warned = summary;
  }

  return {
    check: () => latest.answer,
    async stop() {
      stopping.abort();
      await Promise.all([watching, kekWatch.stop()]);
    },
  };
}

/** What a check finds, or, if it takes too long, that the database doesn't answer. */
async function withDeadline(check: Promise<Readiness>): Promise<Readiness> {
  const { promise: late, resolve } = Promise.withResolvers<Readiness>();
  const timer = setTimeout(
    () => resolve(notAnswering(`no answer within ${CHECK_DEADLINE_MS / 1000} s`)),
    CHECK_DEADLINE_MS,
  );
  return Promise.race([check, late]).finally(() => clearTimeout(timer));
}

/** Never rejects. */
async function readReadiness(
  { db, roles, signingKeys, now }: WatchOptions,
  kekWatch: KekWatch,
): Promise<Readiness> {
  try {
    const unwritable = await findWriteProblems(db);
    const { migrations, schema } = await checkSchema(db, roles);
    const checks = [
      toCheck('database', unwritable),
      toCheck('migrations', migrations.problems, migrations.warnings),
      toCheck('schema', schema.problems, schema.warnings),
      await checkSigningKeys(signingKeys),
      toCheck('vault-keys', kekWatch.problems()),
      // What keeps it from being read is a problem of another check.
      toCheck('mail', [], await findMailWarnings(db, now()).catch(() => [])),
    ];
    return { ready: checks.every((check) => check.ok), checks };
  } catch (error) {
    return notAnswering(reasonOf(error));
  }
}

/**
 * One line where this connection can't write, as on a standby. Takes no row and no time. Postgres's own
 * error also ends the connection (`traced-pool.ts`).
 */
async function findWriteProblems(db: Kysely<Database>): Promise<string[]> {
  try {
    await sql`select 1 from auth.sessions where false for update`.execute(db);
    return [];
  } catch (error) {
    return [`the database accepts no writes: ${reasonOf(error)}`];
  }
}

async function checkSigningKeys(signingKeys: SigningKeys): Promise<ReadinessCheck> {
  try {
    await signingKeys.reload();
    return toCheck('signing-keys', []);
  } catch (error) {
    return toCheck('signing-keys', [`the signing keys can't be read: ${reasonOf(error)}`]);
  }
}

function notAnswering(reason: string): Readiness {
  const check = toCheck('database', [`the database doesn't answer: ${reason}`]);
  return { ready: false, checks: [check] };
}

function toCheck(
  name: ReadinessCheck['name'],
  problems: readonly string[],
  warnings: readonly string[] = [],
): ReadinessCheck {
  return { name, ok: problems.length === 0, problems, warnings };
}
