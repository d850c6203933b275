import { setTimeout as delay } from 'node:timers/promises';
import type { KeyProvider } from '@mana/auth-core/vault/keys/key-provider';
import { checkDrift } from '@mana/db/catalog/drift';
import type { FaultTrace } from '@mana/db/client/fault-trace';
import { pendingMigrations } from '@mana/db/migrate/migrate';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { SigningKeys } from '../access-tokens/signing-keys.ts';
import { reasonOf } from '../logging/error-reason.ts';
import type { Log } from '../logging/log.ts';
import type { DatabaseRoles } from './database-roles.ts';
import { type KekWatch, startKekWatch } from './kek-watch.ts';

/** The pause between two looks. */
const LOOK_EVERY_MS = 2000;
/** A look that takes longer counts as a database that doesn't answer. */
const LOOK_DEADLINE_MS = 2000;

export interface ReadinessCheck {
  readonly name: 'database' | 'migrations' | 'schema' | 'signing-keys' | 'vault-keys';
  readonly ok: boolean;
  /** One line for each thing that is wrong. */
  readonly problems: readonly string[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly ReadinessCheck[];
}

/**
 * Looks at the database every two seconds, away from any request: whether it answers, whether a
 * migration is missing, and where its schema differs from the one that this code expects.
 */
export interface ReadinessWatch {
  /** What the newest look found; while one hangs, that the database doesn't answer. */
  look(): Promise<Readiness>;
  /** Waits for the look under way. */
  stop(): Promise<void>;
}

interface WatchOptions {
  readonly db: Kysely<Database>;
  readonly roles: DatabaseRoles;
  readonly signingKeys: SigningKeys;
  readonly keyProvider: KeyProvider;
  readonly faultTrace: FaultTrace;
  readonly log: Log;
}

/** Starts watching. A change is logged once, with each difference on a line of its own. */
export function startReadinessWatch(options: WatchOptions): ReadinessWatch {
  const { faultTrace, log } = options;
  const stopping = new AbortController();
  const kekWatch = startKekWatch(options);
  let seen = '';
  let latest = begin();
  const watching = watch();

  /** Begins a look; `whole` ends with the look itself, `answer` after the deadline at the latest. */
  function begin() {
    // A scope of its own, so that a look begun within a call is not a fault of that call.
    const whole = faultTrace.run(() => readReadiness(options, kekWatch));
    return { whole, answer: withDeadline(whole).then(report) };
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      // A look that hangs is waited for, so that they don't pile up on a database that hangs.
      await Promise.all([latest.whole, latest.answer]);
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) latest = begin();
    }
  }

  function report(readiness: Readiness): Readiness {
    const problems = readiness.checks.flatMap((check) => check.problems);
    const summary = problems.join('\n');
    if (summary !== seen && problems.length > 0) log.error({ problems }, 'not ready');
    if (summary !== seen && problems.length === 0) log.info('ready again');
    seen = summary;
    return readiness;
  }

  return {
    look: () => latest.answer,
    async stop() {
      stopping.abort();
      await Promise.all([watching, kekWatch.stop()]);
    },
  };
}

/** What a look finds, or, when it takes too long, that the database doesn't answer. */
async function withDeadline(look: Promise<Readiness>): Promise<Readiness> {
  const { promise: late, resolve } = Promise.withResolvers<Readiness>();
  const timer = setTimeout(
    () => resolve(notAnswering(`no answer within ${LOOK_DEADLINE_MS / 1000} s`)),
    LOOK_DEADLINE_MS,
  );
  return Promise.race([look, late]).finally(() => clearTimeout(timer));
}

/** Never rejects. */
async function readReadiness(
  { db, roles, signingKeys }: WatchOptions,
  kekWatch: KekWatch,
): Promise<Readiness> {
  try {
    const pending = await pendingMigrations(db);
    const drift = await checkDrift(db, roles);
    const checks = [
      toCheck('database', []),
      toCheck(
        'migrations',
        pending.map((name) => `migration ${name} is pending`),
      ),
      toCheck('schema', drift),
      await checkSigningKeys(signingKeys),
      toCheck('vault-keys', kekWatch.problems()),
    ];
    return { ready: checks.every((check) => check.ok), checks };
  } catch (error) {
    return notAnswering(reasonOf(error));
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

function toCheck(name: ReadinessCheck['name'], problems: readonly string[]): ReadinessCheck {
  return { name, ok: problems.length === 0, problems };
}
