import type { LockoutPolicy } from '@mana/auth-core/lockout/lockout';
import type { RateLimitPolicy } from '@mana/auth-core/rate-limit/rate-limit-store';
import { accountPages } from './account-pages.ts';
import { type Environment, environmentSchema, splitNamedKek } from './environment-schema.ts';
import {
  deriveKeyServiceSettings,
  findKeyServiceProblems,
  type KeyServiceSettings,
} from './key-service-settings.ts';
import { isLoopbackHost } from './loopback.ts';
import {
  deriveRelyingParty,
  findRelyingPartyProblems,
  type RelyingParty,
} from './relying-party.ts';

/** A place is held for longer than a hash waits and runs; NIST SP 800-63B allows 100 failures in a row. */
const LOCKOUT_LIMITS = { reservationMs: 15_000, maxConsecutive: 100, reservedForKnownDevices: 25 };

/** The configuration, complete and checked. Passed to whatever needs it; nothing else reads the environment. */
export interface Config {
  readonly isProduction: boolean;
  readonly port: number;
  readonly host: string;
  /** Origin of `BASE_URL`, without a trailing slash. */
  readonly baseUrl: string;
  /** `null` runs the embedded Postgres. */
  readonly databaseUrl: string | null;
  readonly migrationDatabaseUrl: string | null;
  readonly databasePoolSize: number;
  readonly databaseTimeoutMs: number;
  /** Secret. `null` in development: one is generated and kept in `dataDir`. */
  readonly secret: string | null;
  /** Secret. Accepted as well as `secret`. */
  readonly acceptedSecrets: readonly string[];
  readonly keks: KekConfig;
  /** Contains the origin of `baseUrl`. */
  readonly trustedOrigins: readonly string[];
  /** Where mailed links may lead: the account pages, and those that are configured. */
  readonly callbackPages: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly cookieDomain: string | null;
  /** Secret. `null` sends mail to the outbox. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly dataDir: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly passwordMinLength: number;
  /** What one argon2id hash costs. */
  readonly passwordHashCost: { readonly memoryKib: number; readonly passes: number };
  /** Threads of libuv, which hash passwords, resolve names and read files. */
  readonly threadPoolSize: number;
  readonly lockoutPolicy: LockoutPolicy;
  /** For the failed attempts of one client network. */
  readonly networkFailurePolicy: RateLimitPolicy;
  readonly loginAttemptsKeptDays: number;
  readonly passkeysEnabled: boolean;
  readonly relyingParty: RelyingParty;
  readonly concealAccounts: boolean;
  readonly reuseDeletedAddresses: boolean;
  /** Accounts that can be created in one day (UTC); `null` for any number. */
  readonly maxDailySignups: number | null;
  readonly callsPerMinute: number;
  /** Open connections that one client network may have. */
  readonly connectionsPerNetwork: number;
}

/** Where the vaults' key-encryption keys come from. Keys are well-formed; those that are bytes are secret. */
export interface KekConfig {
  readonly activeId: string;
  /** Null if `file` contains it, or, in development, if there is none. */
  readonly active: string | null;
  readonly file: string | null;
  readonly accepted: readonly { readonly id: string; readonly kek: string }[];
  readonly services: KeyServiceSettings;
}

/** The environment can't be used. The message lists every problem on a line of its own, without values. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration can't be used:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Builds the configuration from environment variables. Throws `ConfigurationError`. */
export function parseEnvironment(variables: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  const problems = [
    ...(parsed.success
      ? findContradictions(parsed.data)
      : [
          ...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`),
          ...(set['NODE_ENV'] === 'production' ? findMissing(set) : []),
        ]),
    ...findKeyServiceProblems(set),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);
  return toConfig(parsed.data);
}

function findContradictions(environment: Environment): string[] {
  const problems = environment.NODE_ENV === 'production' ? findMissing(environment) : [];
  if (environment.MIGRATION_DATABASE_URL && !environment.DATABASE_URL) {
    problems.push('MIGRATION_DATABASE_URL is set without DATABASE_URL: set both, or neither');
  }
  if (environment.MANA_AUTH_KEK && environment.MANA_AUTH_KEK_FILE) {
    problems.push('MANA_AUTH_KEK and MANA_AUTH_KEK_FILE are both set: set one');
  }
  const kekIds = [environment.MANA_AUTH_KEK_ID, ...toAcceptedKeks(environment).map(({ id }) => id)];
  for (const id of kekIds.filter((one, index) => kekIds.indexOf(one) !== index)) {
    problems.push(`MANA_AUTH_ACCEPTED_KEKS uses the name ${id}, which another key has already`);
  }
  const { COOKIE_DOMAIN: domain, BASE_URL: baseUrl } = environment;
  if (domain && baseUrl && !`.${new URL(baseUrl).hostname}`.endsWith(`.${domain.toLowerCase()}`)) {
    problems.push(
      `COOKIE_DOMAIN is ${domain}, but BASE_URL is not on it: browsers would refuse the cookie`,
    );
  }
  if (environment.NODE_ENV === 'production' && baseUrl && !isSafeForCookies(new URL(baseUrl))) {
    problems.push(
      'BASE_URL must begin with https: over http, anybody on the way can read the cookies',
    );
  }
  const isTokenReadable = (page: string) => !isSafeForCookies(new URL(page));
  if (environment.NODE_ENV === 'production' && environment.CALLBACK_URLS.some(isTokenReadable)) {
    problems.push(
      'CALLBACK_URLS must begin with https: over http, anybody on the way can read the tokens',
    );
  }
  return [...problems, ...findRelyingPartyProblems(environment, listTrustedOrigins(environment))];
}

/** HTTPS, or a server that is being tried out on the machine itself. */
function isSafeForCookies({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopbackHost(hostname);
}

/** Variables that have a default in development, and must be set in production. */
function findMissing(set: Partial<Record<keyof Environment, unknown>>): string[] {
  const required = {
    MANA_AUTH_SECRET: 'at least 32 characters, for example from `openssl rand -base64 48`',
    DATABASE_URL: 'the database, as the plain role that serves',
    BASE_URL: 'the public address of this server',
    SMTP_URL: 'the mail server',
    MANA_AUTH_KEK:
      'the key that wraps the vaults, for example from `openssl rand -base64 32`, or a key in a key service; or set MANA_AUTH_KEK_FILE',
  } as const;
  return Object.entries(required)
    .filter(([name]) => !set[name as keyof typeof required])
    .filter(([name]) => name !== 'MANA_AUTH_KEK' || !set.MANA_AUTH_KEK_FILE)
    .map(([name, meaning]) => `${name} is missing: it must be set in production (${meaning})`);
}

function toAcceptedKeks({ MANA_AUTH_ACCEPTED_KEKS: keks }: Environment): KekConfig['accepted'] {
  return keks.map(splitNamedKek).map(([id, kek]) => ({ id, kek }));
}

function toBaseUrl({ BASE_URL, PORT }: Environment): string {
  return BASE_URL ?? `http://localhost:${PORT}`;
}

function listTrustedOrigins(environment: Environment): string[] {
  const { TRUSTED_ORIGINS } = environment;
  return [...new Set([toBaseUrl(environment), ...ownOrigins(environment), ...TRUSTED_ORIGINS])];
}

function listCallbackPages(environment: Environment): string[] {
  const origins = [toBaseUrl(environment), ...ownOrigins(environment)];
  const own = origins.flatMap((origin) =>
    Object.values(accountPages).map((path) => `${origin}${path}`),
  );
  return [...own, ...environment.CALLBACK_URLS];
}

/** A developer may open the server by any of its loopback addresses. */
function ownOrigins({ BASE_URL, NODE_ENV, PORT }: Environment): string[] {
  if (BASE_URL || NODE_ENV === 'production') return [];
  return [`http://127.0.0.1:${PORT}`, `http://[::1]:${PORT}`];
}

function toConfig(environment: Environment): Config {
  const isProduction = environment.NODE_ENV === 'production';
  const trustedOrigins = listTrustedOrigins(environment);
  return {
    isProduction,
    port: environment.PORT,
    host: environment.HOST,
    baseUrl: toBaseUrl(environment),
    databaseUrl: environment.DATABASE_URL ?? null,
    migrationDatabaseUrl: environment.MIGRATION_DATABASE_URL ?? null,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    databaseTimeoutMs: environment.DATABASE_TIMEOUT_MS,
    secret: environment.MANA_AUTH_SECRET ?? null,
    acceptedSecrets: environment.MANA_AUTH_ACCEPTED_SECRETS,
    keks: {
      activeId: environment.MANA_AUTH_KEK_ID,
      active: environment.MANA_AUTH_KEK ?? null,
      file: environment.MANA_AUTH_KEK_FILE ?? null,
      accepted: toAcceptedKeks(environment),
      services: deriveKeyServiceSettings(environment),
    },
    trustedOrigins,
    callbackPages: listCallbackPages(environment),
    trustedProxies: environment.TRUSTED_PROXIES,
    cookieDomain: environment.COOKIE_DOMAIN?.toLowerCase() ?? null,
    smtpUrl: environment.SMTP_URL ?? null,
    mailFrom: environment.MAIL_FROM,
    dataDir: environment.MANA_DATA_DIR,
    logLevel: environment.LOG_LEVEL,
    passwordMinLength: environment.PASSWORD_MIN_LENGTH,
    passwordHashCost: {
      memoryKib: environment.PASSWORD_HASH_MEMORY_KIB,
      passes: environment.PASSWORD_HASH_PASSES,
    },
    threadPoolSize: environment.UV_THREADPOOL_SIZE,
    lockoutPolicy: {
      maxFailures: environment.LOCKOUT_FAILURES,
      windowMs: environment.LOCKOUT_WINDOW_SECONDS * 1000,
      lockMs: environment.LOCKOUT_SECONDS * 1000,
      ...LOCKOUT_LIMITS,
    },
    networkFailurePolicy: {
      limit: environment.LOCKOUT_NETWORK_FAILURES ?? (isProduction ? 100 : 10_000),
      windowMs: environment.LOCKOUT_WINDOW_SECONDS * 1000,
      pauseMs: 0,
    },
    loginAttemptsKeptDays: environment.LOGIN_ATTEMPTS_KEPT_DAYS,
    maxDailySignups: environment.MAX_DAILY_SIGNUPS ?? null,
    passkeysEnabled: environment.PASSKEYS === 'on',
    relyingParty: deriveRelyingParty(environment, trustedOrigins),
    concealAccounts: environment.CONCEAL_ACCOUNTS === 'on',
    reuseDeletedAddresses: environment.REUSE_DELETED_ADDRESSES === 'on',
    callsPerMinute: environment.CALLS_PER_MINUTE ?? (isProduction ? 600 : 60_000),
    connectionsPerNetwork: environment.CONNECTIONS_PER_NETWORK ?? (isProduction ? 500 : 10_000),
  };
}
