import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const ORIGINS_HELP = 'wants origins such as https://app.example.org, separated by commas';
const POSTGRES_URL_HELP = 'wants an address such as postgres://user:password@host:5432/database';

/**
 * Every environment variable that mana-auth reads, with what it means. `docs/operations.md` is
 * generated from this; an empty value counts as unset.
 */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('`production` refuses unsafe defaults and closes the outbox.'),
  PORT: port().default(3000).describe('Port of the HTTP server.'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address that the server listens on. `0.0.0.0` for all interfaces.'),
  BASE_URL: httpUrl()
    .optional()
    .describe(
      'Public address of this server, without a path. Links in mail and the issuer of tokens come from it. Default: `http://localhost:PORT`.',
    ),
  DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      'Database, as the plain role that serves. Without it an embedded Postgres runs (not in production).',
    ),
  MIGRATION_DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      'The same database as the role that owns the tables. With it the server migrates at start.',
    ),
  DATABASE_POOL_SIZE: whole(1, 1000)
    .default(10)
    .describe('The most connections to the database that one server process opens.'),
  DATABASE_TIMEOUT_MS: whole(100, 600_000)
    .default(5000)
    .describe('How long one statement may run, and how long a request waits for a connection.'),
  MANA_AUTH_SECRET: z
    .string()
    .min(32, 'wants at least 32 characters, for example from `openssl rand -base64 48`')
    .optional()
    .describe(
      'Signs session cookies and encrypts the signing keys. In development one is made and kept in MANA_DATA_DIR.',
    ),
  TRUSTED_ORIGINS: list(isOrigin, ORIGINS_HELP)
    .default([])
    .describe('Origins of the apps that may call this server from a browser; BASE_URL always may.'),
  TRUSTED_PROXIES: list(
    isNetwork,
    'wants addresses or networks such as 10.0.0.0/8, separated by commas',
  )
    .default([])
    .describe('Proxies whose X-Forwarded-For is believed. Without any, the header is ignored.'),
  COOKIE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'wants a bare domain such as example.org')
    .optional()
    .describe('Shares the session cookie among the subdomains of this domain.'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'wants an address such as smtps://user:password@host:465' })
    .optional()
    .describe('Mail server. Without it mail lands in the outbox (not in production).'),
  MAIL_FROM: z.string().default('mana <no-reply@localhost>').describe('Sender of every mail.'),
  MANA_DATA_DIR: z
    .string()
    .default('.mana')
    .describe('Folder of the embedded Postgres and of the development secret.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  PASSWORD_MIN_LENGTH: whole(8, 64).default(8).describe('Fewest characters of a new password.'),
  CONCEAL_ACCOUNTS: z
    .enum(['on', 'off'])
    .default('off')
    .describe(
      'With `on`, signing up with a taken address answers like a fresh one, and the owner gets a mail.',
    ),
  CALLS_PER_MINUTE: whole(1, 1_000_000)
    .optional()
    .describe(
      'The most calls in a minute from one client network; those that check a secret or send a mail get a tenth. Default: 600 in production, 60000 elsewhere.',
    ),
});

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
  /** Secret. `null` in development: one is made and kept in `dataDir`. */
  readonly secret: string | null;
  /** Contains the origin of `baseUrl`. */
  readonly trustedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly cookieDomain: string | null;
  /** Secret. `null` puts mail into the outbox. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly dataDir: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly passwordMinLength: number;
  readonly concealAccounts: boolean;
  readonly callsPerMinute: number;
}

/** The environment can't be used. The message lists every problem, one a line, without the values. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration can't be used:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

type Environment = z.infer<typeof environmentSchema>;

/** Makes the configuration out of environment variables. Throws `ConfigurationError`. */
export function parseEnvironment(variables: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  const problems = parsed.success
    ? findContradictions(parsed.data)
    : [
        ...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`),
        ...(set['NODE_ENV'] === 'production' ? findMissing(set) : []),
      ];
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);
  return toConfig(parsed.data);
}

function findContradictions(environment: Environment): string[] {
  const problems = environment.NODE_ENV === 'production' ? findMissing(environment) : [];
  if (environment.MIGRATION_DATABASE_URL && !environment.DATABASE_URL) {
    problems.push('MIGRATION_DATABASE_URL is set without DATABASE_URL: set both, or neither');
  }
  const { COOKIE_DOMAIN: domain, BASE_URL: baseUrl } = environment;
  if (domain && baseUrl && !`.${new URL(baseUrl).hostname}`.endsWith(`.${domain.toLowerCase()}`)) {
    problems.push(
      `COOKIE_DOMAIN is ${domain}, but BASE_URL is not on it: browsers would refuse it`,
    );
  }
  return problems;
}

/** What has a safe default in development, and none in production. */
function findMissing(set: Partial<Record<keyof Environment, unknown>>): string[] {
  const wanted = {
    MANA_AUTH_SECRET: 'at least 32 characters, for example from `openssl rand -base64 48`',
    DATABASE_URL: 'the database, as the plain role that serves',
    BASE_URL: 'the public address of this server',
    SMTP_URL: 'the mail server',
  } as const;
  return Object.entries(wanted)
    .filter(([name]) => !set[name as keyof typeof wanted])
    .map(([name, meaning]) => `${name} is missing: in production it has to be set (${meaning})`);
}

function toConfig(environment: Environment): Config {
  const isProduction = environment.NODE_ENV === 'production';
  const baseUrl = environment.BASE_URL ?? `http://localhost:${environment.PORT}`;
  return {
    isProduction,
    port: environment.PORT,
    host: environment.HOST,
    baseUrl,
    databaseUrl: environment.DATABASE_URL ?? null,
    migrationDatabaseUrl: environment.MIGRATION_DATABASE_URL ?? null,
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    databaseTimeoutMs: environment.DATABASE_TIMEOUT_MS,
    secret: environment.MANA_AUTH_SECRET ?? null,
    trustedOrigins: [...new Set([baseUrl, ...environment.TRUSTED_ORIGINS])],
    trustedProxies: environment.TRUSTED_PROXIES,
    cookieDomain: environment.COOKIE_DOMAIN?.toLowerCase() ?? null,
    smtpUrl: environment.SMTP_URL ?? null,
    mailFrom: environment.MAIL_FROM,
    dataDir: environment.MANA_DATA_DIR,
    logLevel: environment.LOG_LEVEL,
    passwordMinLength: environment.PASSWORD_MIN_LENGTH,
    concealAccounts: environment.CONCEAL_ACCOUNTS === 'on',
    callsPerMinute: environment.CALLS_PER_MINUTE ?? (isProduction ? 600 : 60_000),
  };
}

function port() {
  return whole(0, 65_535);
}

function whole(least: number, most: number) {
  const message = `wants a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

function httpUrl() {
  return z
    .url({ protocol: /^https?$/, error: 'wants an address such as https://auth.example.org' })
    .refine((value) => !URL.canParse(value) || new URL(value).pathname === '/', 'takes no path')
    .transform((value) => new URL(value).origin);
}

function postgresUrl() {
  return z.url({ protocol: /^postgres(ql)?$/, error: POSTGRES_URL_HELP });
}

function list(isValid: (entry: string) => boolean, help: string) {
  return z
    .string()
    .transform((value) => value.split(',').map((entry) => entry.trim()))
    .refine((entries) => entries.every(isValid), help);
}

function isOrigin(value: string): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

function isNetwork(value: string): boolean {
  return ipaddr.isValid(value) || ipaddr.isValidCIDR(value);
}
