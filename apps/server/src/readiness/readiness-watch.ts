import type { Database } from '@mana/db/database';
import { checkDrift } from '@mana/db/drift';
import type { FaultTrace } from '@mana/db/fault-trace';
import { pendingMigrations } from '@mana/db/migrate';
import type { Kysely } from 'kysely';
import type { SigningKeys } from '../access-tokens/signing-keys.ts';
import type { Log } from '../log.ts';
import type { DatabaseRoles } from './database-roles.ts';

/** How often the watch looks; an answer of `look` is at most this old. */
const LOOK_EVERY_MS = 2000;

export interface ReadinessCheck {
  readonly name: 'database' | 'migrations' | 'schema' | 'signing-keys';
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
  /** What was seen last, at most two seconds ago. */
  look(): Promise<Readiness>;
  stop(): void;
}

interface WatchOptions {
  readonly db: Kysely<Database>;
  readonly roles: DatabaseRoles;
  readonly signingKeys: SigningKeys;
  readonly faultTrace: FaultTrace;
  readonly log: Log;
}

/** Starts watching. A change is logged once, with each difference on a line of its own. */
export function startReadinessWatch(options: WatchOptions): ReadinessWatch {
  const { faultTrace, log } = options;
  let seen = '';
  let latest = lookOnce();

  async function lookOnce(): Promise<Readiness> {
    // A scope of its own, so that a look started by a request is not a fault of that request.
    const readiness = await faultTrace.run(() => readReadiness(options));
    const problems = readiness.checks.flatMap((check) => check.problems);
    const summary = problems.join('\n');
    if (summary !== seen) {
      if (problems.length > 0) log.error({ problems }, 'not ready');
      else log.info('ready again');
    }
    seen = summary;
    return readiness;
  }

  let timer = setTimeout(lookAgain, LOOK_EVERY_MS);
  async function lookAgain(): Promise<void> {
    const next = lookOnce();
    await next;
    latest = next;
    timer = setTimeout(lookAgain, LOOK_EVERY_MS);
  }

  return { look: () => latest, stop: () => clearTimeout(timer) };
}

async function readReadiness({ db, roles, signingKeys }: WatchOptions): Promise<Readiness> {
  const checks: ReadinessCheck[] = [];
  try {
    const pending = await pendingMigrations(db);
    const drift = await checkDrift(db, roles);
    checks.push(
      toCheck('database', []),
      toCheck(
        'migrations',
        pending.map((name) => `migration ${name} is pending`),
      ),
      toCheck('schema', drift),
    );
  } catch (error) {
    checks.push(toCheck('database', [`the database doesn't answer: ${describe(error)}`]));
  }
  try {
    await signingKeys.reload();
    checks.push(toCheck('signing-keys', []));
  } catch (error) {
    checks.push(toCheck('signing-keys', [`the signing keys can't be read: ${describe(error)}`]));
  }
  return { ready: checks.every((check) => check.ok), checks };
}

function toCheck(name: ReadinessCheck['name'], problems: readonly string[]): ReadinessCheck {
  return { name, ok: problems.length === 0, problems };
}

function describe(error: unknown): string {
  return error instanceof Error && error.message ? error.message : String(error);
}
