import { parseKekId } from '@mana/auth-core/vault/keys/ids';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { findKekSource, KEK_HELP } from './kek-source.ts';

const SECRET_MIN_LENGTH = 32;
const ORIGINS_HELP = 'wants origins such as https://app.example.org, separated by commas';
const KEK_ID_HELP = 'wants 1 to 128 letters, digits and . _ : / -';
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
    .min(
      SECRET_MIN_LENGTH,
      'wants at least 32 characters, for example from `openssl rand -base64 48`',
    )
    .optional()
    .describe(
      'Signs cookies, and encrypts signing keys and two-factor secrets. In development one is made and kept in MANA_DATA_DIR.',
    ),
  MANA_AUTH_ACCEPTED_SECRETS: list(
    isSecret,
    'wants secrets of at least 32 characters each, separated by commas',
  )
    .default([])
    .describe(
      'Secrets whose signatures and ciphertexts are good as well: former values of MANA_AUTH_SECRET, or the next one.',
    ),
  MANA_AUTH_KEK: z
    .string()
    .refine(isKek, KEK_HELP)
    .optional()
    .describe(
      'Key-encryption key that wraps the vaults: 32 random bytes in base64; or `transit:<key>` for one in Vault Transit (`transit:<mount>/<key>` where the engine is mounted elsewhere than at `transit`); or the ARN of one in AWS KMS. In development it is 32 zero bytes, which protect nothing.',
    ),
  MANA_AUTH_KEK_FILE: z
    .string()
    .optional()
    .describe('File that holds the 32 bytes in base64, for machines that mount secrets as files.'),
  MANA_AUTH_KEK_ID: z
    .string()
    .refine(isKekId, KEK_ID_HELP)
    .default('env-v1')
    .describe(
      'Name of that key. Every vault says by it which key opens it: a new key wants a new name.',
    ),
  MANA_AUTH_ACCEPTED_KEKS: list(
    isNamedKek,
    'wants id=key for each key, separated by commas, and each key as in MANA_AUTH_KEK',
  )
    .default([])
    .describe(
      'Keys that open vaults beside MANA_AUTH_KEK, as `id=key` of any kind: former ones until `mana vault rewrap` is done, or the next one.',
    ),
  VAULT_ADDR: z
    .string()
    .optional()
    .describe(
      'Address of HashiCorp Vault. It and the next three are read where a key is in Transit.',
    ),
  VAULT_TOKEN: z.string().optional().describe('Token that may encrypt and decrypt with the key.'),
  VAULT_TOKEN_FILE: z
    .string()
    .optional()
    .describe(
      'File that holds the token, such as the sink of a Vault Agent. Read again every few seconds, and when Vault refuses the token.',
    ),
  VAULT_NAMESPACE: z.string().optional().describe('Namespace that the engine is mounted in.'),
  AWS_ENDPOINT_URL_KMS: z
    .string()
    .optional()
    .describe(
      "Address of AWS KMS, for a VPC or a FIPS endpoint. Default: the one of the key's region. Who we are to it comes from wherever AWS's own tools take it.",
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
  PASSWORD_HASH_MEMORY_KIB: whole(19_456, 1_048_576)
    .default(19_456)
    .describe(
      'Memory of one password hash (argon2id), in KiB. When it is raised, each hash is renewed at the next sign-in.',
    ),
  PASSWORD_HASH_PASSES: whole(2, 64)
    .default(2)
    .describe('Passes of one password hash (argon2id); raised like its memory.'),
  UV_THREADPOOL_SIZE: whole(1, 1024)
    .default(4)
    .describe(
      "Node's own: threads for hashing, looking up names and reading files. Passwords use all but one, and at most one for each core, so that a machine with more than three cores wants its cores and one more.",
    ),
  LOCKOUT_FAILURES: whole(1, 20)
    .default(5)
    .describe('So many wrong passwords within LOCKOUT_WINDOW_SECONDS lock password sign-in.'),
  LOCKOUT_WINDOW_SECONDS: whole(1, 86_400)
    .default(900)
    .describe('How long a wrong password counts.'),
  LOCKOUT_SECONDS: whole(1, 86_400)
    .default(1800)
    .describe('How long a lock lasts. Known devices and a password reset get around it.'),
  LOCKOUT_NETWORK_FAILURES: whole(1, 1_000_000)
    .optional()
    .describe(
      'The most wrong passwords within LOCKOUT_WINDOW_SECONDS from the unknown devices of one client network, over all accounts. Default: 100 in production, 10000 elsewhere.',
    ),
  LOGIN_ATTEMPTS_KEPT_DAYS: whole(1, 3650)
    .default(90)
    .describe('Older sign-in attempts leave the database.'),
  PASSKEYS: z
    .enum(['on', 'off'])
    .default('on')
    .describe('With `off` nobody is offered a passkey, and those that exist wait.'),
  WEBAUTHN_RP_ID: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i, 'wants a bare domain such as example.org')
    .optional()
    .describe(
      'Domain that passkeys belong to (the relying party id); changing it loses every passkey. Default: COOKIE_DOMAIN, else the host of BASE_URL; `localhost` in development.',
    ),
  WEBAUTHN_RP_NAME: z
    .string()
    .min(1)
    .max(64)
    .default('mana')
    .describe('Name of this service in the prompts for passkeys.'),
  WEBAUTHN_ORIGIN: list(isOrigin, ORIGINS_HELP)
    .optional()
    .describe(
      'Origins of the pages that may use passkeys. Default: BASE_URL and those of TRUSTED_ORIGINS that are on WEBAUTHN_RP_ID.',
    ),
  WEBAUTHN_USER_VERIFICATION: z
    .enum(['required', 'preferred'])
    .default('required')
    .describe(
      'Whether a passkey has to check who holds it (a PIN, a finger, a face). With `preferred`, one that did not still asks for the second factor of accounts that have one.',
    ),
  CONCEAL_ACCOUNTS: z
    .enum(['on', 'off'])
    .default('off')
    .describe(
      'With `on`, signing up with a taken address answers like a fresh one, and the owner gets a mail.',
    ),
  MAX_DAILY_SIGNUPS: whole(1, 100_000_000)
    .optional()
    .describe(
      'The most accounts that can be made on one day (UTC), over all servers. Default: any number.',
    ),
  CALLS_PER_MINUTE: whole(1, 1_000_000)
    .optional()
    .describe(
      'The most calls in a minute from one client network; those that check a secret or send a mail get a tenth. Default: 600 in production, 60000 elsewhere.',
    ),
});

export type Environment = z.infer<typeof environmentSchema>;

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

function isSecret(value: string): boolean {
  return value.length >= SECRET_MIN_LENGTH;
}

function isKek(value: string): boolean {
  return findKekSource(value) !== undefined;
}

function isKekId(value: string): boolean {
  return succeeds(() => parseKekId(value));
}

function isNamedKek(value: string): boolean {
  const [id = '', kek = ''] = splitNamedKek(value);
  return isKekId(id) && isKek(kek);
}

/** The id has no equals sign; the key ends with one. */
export function splitNamedKek(value: string): [id: string, kek: string] {
  const at = value.indexOf('=');
  return at === -1 ? ['', ''] : [value.slice(0, at), value.slice(at + 1)];
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

function isOrigin(value: string): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

function isNetwork(value: string): boolean {
  return ipaddr.isValid(value) || ipaddr.isValidCIDR(value);
}
