import { isInfrastructureFault } from '@mana/auth-core/errors/classify-from-error';
import { createDatabaseClient } from '@mana/db/client';
import { createFaultTrace } from '@mana/db/fault-trace';
import { createAccessTokens } from '../access-tokens/access-tokens.ts';
import { loadSigningKeys } from '../access-tokens/signing-keys.ts';
import { createAuth } from '../better-auth.ts';
import { createCallLimits } from '../call-limits.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import type { Log } from '../log.ts';
import type { Mailer } from '../mail/mailer.ts';
import { findRoleProblems, readDatabaseRoles } from '../readiness/database-roles.ts';
import { startReadinessWatch } from '../readiness/readiness-watch.ts';
import { createSecurityEvents } from '../security-events/security-events.ts';
import { readDevelopmentSecret } from './development-secret.ts';
import { waitForMigrations } from './wait-for-migrations.ts';

export interface DepsOptions {
  readonly config: Config;
  readonly log: Log;
  readonly mailer: Mailer;
  /** Secret. As the role that serves. */
  readonly databaseUrl: string;
  readonly now: () => Date;
  /** Told while it waits for somebody else to migrate the database. */
  readonly onWait: (reason: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Builds everything that a procedure works with, once the database is migrated. Throws where the role
 * must not serve, the signing keys can't be opened, or `signal` ends the wait.
 */
export async function createDeps(
  options: DepsOptions,
): Promise<{ deps: Deps; close: () => Promise<void> }> {
  const { config, log, mailer, now } = options;
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
    await waitForMigrations(db, options);
    const secret = config.secret ?? (await readDevelopmentSecret(config.dataDir));
    const auth = createAuth({ db, config, secret, log });
    const signingKeys = await loadSigningKeys(db, secret);
    const securityEvents = createSecurityEvents(db, faultTrace, log);
    const roles = await readDatabaseRoles(db);
    const readiness = startReadinessWatch({ db, roles, signingKeys, faultTrace, log });
    const deps: Deps = {
      config,
      db,
      faultTrace,
      auth,
      signingKeys,
      accessTokens: createAccessTokens(signingKeys, config.baseUrl, now),
      callLimits: createCallLimits(config.callsPerMinute),
      mailer,
      securityEvents,
      readiness,
      log,
      now,
    };
    return { deps, close };

    async function close(): Promise<void> {
      await readiness.stop();
      await securityEvents.drain();
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
    log.warn(`${problems.join('; ')}: ${advice}. In production the server refuses to start so.`);
  }
}
