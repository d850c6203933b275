import { isInfrastructureFault } from '@mana/auth-core/errors/classify/classify-from-error';
import { createMemoryStore } from '@mana/auth-core/rate-limit/memory-store';
import { createDatabaseClient } from '@mana/db/client/client';
import { createFaultTrace } from '@mana/db/client/fault-trace';
import { findUnservable } from '@mana/db/migrate/find-unservable';
import { createAccessTokens } from '../access-tokens/access-tokens.ts';
import { loadSigningKeys } from '../access-tokens/signing-keys.ts';
import { createAuth } from '../better-auth/auth.ts';
import type { Config } from '../config/config.ts';
import type { Deps } from '../deps.ts';
import { registerActiveKek } from '../key-providers/check-keks.ts';
import { openKeyProvider } from '../key-providers/open-key-provider.ts';
import type { Log } from '../logging/log.ts';
import type { MailTransport } from '../mail/mail.ts';
import { createMailer } from '../mail/mailer.ts';
import { deriveHashLimits } from '../passwords/hash-limits.ts';
import { createPasswordHasher } from '../passwords/password-hasher.ts';
import { yieldHashingThreads } from '../passwords/yield-hashing-threads.ts';
import { startPruning } from '../pruning/start-pruning.ts';
import { createCallLimits } from '../rate-limits/call-limits.ts';
import { createUncertainAttempts } from '../rate-limits/uncertain-attempts.ts';
import { createWorkQueue } from '../rate-limits/work-queue.ts';
import { findRoleProblems, readDatabaseRoles } from '../readiness/database-roles.ts';
import { startReadinessWatch } from '../readiness/readiness-watch.ts';
import { createAppSecrets } from '../secrets/app-secrets.ts';
import { createSecurityEvents } from '../security-events/security-events.ts';
import { createAttemptDurations } from '../timing-equalisation/attempt-durations.ts';
import { readDevelopmentSecret } from './development-secret.ts';
import { primeRefusalDurations } from './prime-refusal-durations.ts';
import { waitForMigrations } from './wait-for-migrations.ts';

/** Networks, addresses or passkeys that each store holds; some 20 MB when full. */
const RATE_LIMITED_KEYS = 100_000;

/** What the dependencies are built from. */
export interface DepsOptions {
  readonly config: Config;
  readonly log: Log;
  /** Where mails go that are queued. */
  readonly transport: MailTransport;
  /** Secret. As the role that serves. */
  readonly databaseUrl: string;
  readonly now: () => Date;
  /** Called while the start waits for somebody else to migrate the database. */
  readonly onWait: (reason: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Builds everything that procedures work with, once the database is migrated. Throws if the role or
 * the database must not serve, the signing keys can't be opened, a key of the vaults is missing, wrong or
 * out of reach, or `signal` ends the wait.
 */
export async function createDeps(
  options: DepsOptions,
): Promise<{ deps: Deps; close: () => Promise<void> }> {
  const { config, log, transport, now } = options;
  const faultTrace = createFaultTrace(isInfrastructureFault);
  const { db, close: closePool } = createDatabaseClient({
    url: options.databaseUrl,
    applicationName: 'mana-auth',
    maxConnections: config.databasePoolSize,
    acquireTimeoutMs: config.databaseTimeoutMs,
    statementTimeoutMs: config.databaseTimeoutMs,
    trace: faultTrace,
    onConnectionLost: (error) => log.debug({ err: error }, 'an idle database connection was lost'),
  });
  try {
    await checkRole();
    const unservable = await findUnservable(db);
    if (unservable.length > 0) throw new Error(unservable.join('; '));
    await waitForMigrations(db, options);
    const secret = config.secret ?? (await readDevelopmentSecret(config.dataDir));
    const secrets = createAppSecrets(secret, config.acceptedSecrets);
    const keyProvider = await openKeyProvider(config.keks, log);
    await registerActiveKek(db, keyProvider);
    const cost = config.passwordHashCost;
    const hashLimits = deriveHashLimits(cost, config.threadPoolSize);
    const passwordHasher = createPasswordHasher({ cost, ...hashLimits });
    // As many again may wait, about as long: 200 attempts on one account are answered, not shed.
    const guardedCalls = hashLimits.maxConcurrent + hashLimits.maxWaiting;
    const auth = createAuth({ db, config, secret, passwordHasher, log });
    const signingKeys = await loadSigningKeys(db, { secrets, log, now });
    const securityEvents = createSecurityEvents(db, faultTrace, log);
    const uncertainAttempts = createUncertainAttempts(faultTrace, (error) =>
      log.debug({ err: error }, 'an attempt of unknown outcome is still to be taken back'),
    );
    const roles = await readDatabaseRoles(db);
    const readiness = startReadinessWatch({
      db,
      roles,
      signingKeys,
      keyProvider,
      faultTrace,
      log,
      now,
    });
    await yieldHashingThreads().catch((error: unknown) => {
      log.debug(
        { err: error },
        'the priority of the password hashing threads could not be lowered',
      );
    });
    await primeRefusalDurations(db, passwordHasher, log);
    const { loginAttemptsKeptDays } = config;
    const pruning = startPruning({ db, faultTrace, log, now, loginAttemptsKeptDays });
    const mailer = createMailer({ db, transport, secrets, faultTrace, log, now });
    const deps: Deps = {
      config,
      db,
      faultTrace,
      auth,
      secrets,
      keyProvider,
      signingKeys,
      accessTokens: createAccessTokens(signingKeys, config.baseUrl, now),
      networkRateLimits: createMemoryStore({ maxKeys: RATE_LIMITED_KEYS }),
      passkeyRateLimits: createMemoryStore({ maxKeys: RATE_LIMITED_KEYS }),
      callLimits: createCallLimits({
        store: createMemoryStore({ maxKeys: RATE_LIMITED_KEYS }),
        callsPerMinute: config.callsPerMinute,
        now,
      }),
      attemptDurations: createAttemptDurations(),
      uncertainAttempts,
      passwordHasher,
      guardedCalls: createWorkQueue({
        work: 'calls that check a secret or send a mail',
        maxConcurrent: guardedCalls,
        maxWaiting: guardedCalls,
      }),
      mailer,
      securityEvents,
      readiness,
      log,
      now,
    };
    return { deps, close };

    async function close(): Promise<void> {
      await readiness.stop();
      await pruning.stop();
      uncertainAttempts.stop();
      await securityEvents.drain();
      await mailer.stop();
      await closePool();
    }
  } catch (error) {
    await closePool();
    throw error;
  }

  async function checkRole(): Promise<void> {
    const problems = await findRoleProblems(db);
    if (problems.length === 0) return;
    const advice = 'row-level security would not bind it; set DATABASE_URL to a plain role';
    if (config.isProduction) throw new Error(`${problems.join('; ')}: ${advice}`);
    log.warn(`${problems.join('; ')}: ${advice}. In production the server would refuse to start.`);
  }
}
