import { parseKekId } from '@mana/auth-core/vault/keys/ids';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { findAddressProblem } from './database-address.ts';
import { findKekSource, KEK_HELP } from './kek-source.ts';

const SECRET_MIN_LENGTH = 32;
const ORIGINS_HELP = 'must be origins such as https://app.example.org, separated by commas';
const KEK_ID_HELP = 'must be 1 to 128 letters, digits and . _ : / -';
const POSTGRES_URL_HELP = 'must be an address such as postgres://user:password@host:5432/database';

/**
 * Every environment variable that mana-auth reads, with its meaning. The table in `docs/operations.md` is
 * generated from this. An empty value counts as unset.
 */
export const environmentSchema = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('`production` refuses unsafe defaults and has no outbox.'),
  PORT: port().default(3000).describe('Port of the HTTP server.'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address that the server listens on; `0.0.0.0` for all interfaces.'),
  BASE_URL: httpUrl()
    .optional()
    .describe(
      'Public address of this server, without a path. Mail links and the issuer of tokens are derived from it. Default: `http://localhost:PORT`.',
    ),
  DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      'The database, as the plain role that serves. Without it an embedded Postgres runs (not in production).',
    ),
  MIGRATION_DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      'The same database, as the role that owns the tables. If it is set, the server migrates at start.',
    ),
  DATABASE_POOL_SIZE: whole(1, 1000)
    .default(10)
    .describe('Maximum number of database connections that one server process opens.'),
  DATABASE_TIMEOUT_MS: whole(100, 600_000)
    .default(5000)
    .describe('How long one statement may run, and how long a request waits for a connection.'),
  MANA_AUTH_SECRET: z
    .string()
    .min(
      SECRET_MIN_LENGTH,
      'must have at least 32 characters, for example from `openssl rand -base64 48`',
    )
    .optional()
    .describe(
      'Signs cookies, and encrypts signing keys and two-factor secrets. In development one is generated and kept in MANA_DATA_DIR.',
    ),
  MANA_AUTH_ACCEPTED_SECRETS: list(
    isSecret,
    'must be secrets of at least 32 characters each, separated by commas',
  )
    .default([])
    .describe(
      'Secrets whose signatures and ciphertexts are accepted as well: earlier values of MANA_AUTH_SECRET, or the next one.',
    ),
  MANA_AUTH_KEK: z
    .string()
    .refine(isKek, KEK_HELP)
    .optional()
    .describe(
      'Key-encryption key that wraps the vaults: 32 random bytes in base64; or `transit:<key>` for a key in Vault Transit (`transit:<mount>/<key>` if the engine is not mounted at `transit`); or the ARN of a key in AWS KMS. In development it defaults to 32 zero bytes, which protect nothing.',
    ),
  MANA_AUTH_KEK_FILE: z
    .string()
    .optional()
    .describe(
      'File that contains the 32 bytes in base64, for machines that mount secrets as files.',
    ),
  MANA_AUTH_KEK_ID: z
    .string()
    .refine(isKekId, KEK_ID_HELP)
    .default('env-v1')
    .describe(
      'Name of that key. Each vault stores the name of the key that opens it, so a new key needs a new name.',
    ),
  MANA_AUTH_ACCEPTED_KEKS: list(
    isNamedKek,
    'must be id=key for each key, separated by commas, with each key as in MANA_AUTH_KEK',
  )
    .default([])
    .describe(
      'Keys of any kind that open vaults besides MANA_AUTH_KEK, as `id=key`: earlier ones until `mana vault rewrap` is done, or the next one.',
    ),
  VAULT_ADDR: z
    .string()
    .optional()
    .describe(
      'Address of HashiCorp Vault. This and the next three variables are read only if a key is in Transit.',
    ),
  VAULT_TOKEN: z.string().optional().describe('Token that may encrypt and decrypt with the key.'),
  VAULT_TOKEN_FILE: z
    .string()
    .optional()
    .describe(
      'File that contains the token, such as the sink of a Vault Agent. It is reread every few seconds, and when Vault refuses the token.',
    ),
  VAULT_NAMESPACE: z.string().optional().describe('Namespace that the engine is mounted in.'),
  AWS_ENDPOINT_URL_KMS: z
    .string()
    .optional()
    .describe(
      "Address of AWS KMS, for a VPC or FIPS endpoint. Default: that of the key's region. Credentials come from wherever AWS's own tools find them.",
    ),
  TRUSTED_ORIGINS: list(isOrigin, ORIGINS_HELP)
    .default([])
    .describe('Origins of the apps that may call this server from a browser; BASE_URL always may.'),
  CALLBACK_URLS: list(
    isPage,
    'must be addresses such as https://app.example.org/welcome, separated by commas',
  )
    .default([])
    .describe(
      'Pages of the apps that mailed links may lead to, each named in full; the account pages always may. A link that sets a password carries its token there.',
    ),
  TRUSTED_PROXIES: list(
    isNetwork,
    'must be addresses or networks such as 10.0.0.0/8, separated by commas',
  )
    .default([])
    .describe('Proxies whose X-Forwarded-For is trusted. Without any, the header is ignored.'),
  COOKIE_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'must be a bare domain such as example.org')
    .optional()
    .describe('Shares the session cookie among the subdomains of this domain.'),
  SMTP_URL: z
    .url({
      protocol: /^smtps?$/,
      error: 'must be an address such as smtps://user:password@host:465',
    })
    .optional()
    .describe('Mail server. Without it mail goes to the outbox (not in production).'),
  MAIL_FROM: z.string().default('mana <no-reply@localhost>').describe('Sender of every mail.'),
  MANA_DATA_DIR: z
    .string()
    .default('.mana')
    .describe('Folder for the embedded Postgres and the development secret.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  PASSWORD_MIN_LENGTH: whole(8, 64)
    .default(8)
    .describe('Minimum length of a new password, in characters.'),
  PASSWORD_HASH_MEMORY_KIB: whole(19_456, 1_048_576)
    .default(19_456)
    .describe(
      'Memory for one password hash (argon2id), in KiB. After it is raised, each hash is renewed at the next sign-in.',
    ),
  PASSWORD_HASH_PASSES: whole(2, 64)
    .default(2)
    .describe('Passes of one password hash (argon2id); raising it works in the same way.'),
  UV_THREADPOOL_SIZE: whole(1, 1024)
    .default(4)
    .describe(
      "A variable of Node's: threads for hashing, name lookups and reading files. Passwords use all but one of them, and at most one per core; on a machine with more than three cores, set it to the number of cores plus one.",
    ),
  LOCKOUT_FAILURES: whole(1, 20)
    .default(5)
    .describe('This many wrong passwords within LOCKOUT_WINDOW_SECONDS lock password sign-in.'),
  LOCKOUT_WINDOW_SECONDS: whole(1, 86_400)
    .default(900)
    .describe('How long a wrong password counts.'),
  LOCKOUT_SECONDS: whole(1, 86_400)
    .default(1800)
    .describe(
      'How long a lock lasts. Known devices can still sign in, and a password reset ends it.',
    ),
  LOCKOUT_NETWORK_FAILURES: whole(1, 1_000_000)
    .optional()
    .describe(
      'Maximum number of wrong passwords within LOCKOUT_WINDOW_SECONDS from unknown devices in one client network, across all accounts. Default: 100 in production, 10000 elsewhere.',
    ),
  LOGIN_ATTEMPTS_KEPT_DAYS: whole(1, 3650)
    .default(90)
    .describe('Sign-in attempts older than this are deleted.'),
  PASSKEYS: z
    .enum(['on', 'off'])
    .default('on')
    .describe('With `off` no passkeys are offered or accepted; existing ones are kept.'),
  WEBAUTHN_RP_ID: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i, 'must be a bare domain such as example.org')
    .optional()
    .describe(
      'Domain that passkeys belong to (the relying party id). Changing it makes every passkey useless. Default: COOKIE_DOMAIN, else the host of BASE_URL; `localhost` in development.',
    ),
  WEBAUTHN_RP_NAME: z
    .string()
    .min(1)
    .max(64)
    .default('mana')
    .describe('Name of this service in passkey prompts.'),
  WEBAUTHN_ORIGIN: list(isOrigin, ORIGINS_HELP)
    .optional()
    .describe(
      'Origins of the pages that may use passkeys. Default: those of BASE_URL and TRUSTED_ORIGINS that are on WEBAUTHN_RP_ID.',
    ),
  WEBAUTHN_USER_VERIFICATION: z
    .enum(['required', 'preferred'])
    .default('required')
    .describe(
      'Whether a passkey must verify its user (by PIN, fingerprint or face). With `preferred`, signing in with one that did not still asks for the second factor of accounts that have one.',
    ),
  CONCEAL_ACCOUNTS: z
    .enum(['on', 'off'])
    .default('off')
    .describe(
      'With `on`, signing up with a registered address gets the same answer as with a new one, and its owner gets a mail. Signing in to an account whose address was never confirmed then answers like a wrong password.',
    ),
  REUSE_DELETED_ADDRESSES: z
    .enum(['on', 'off'])
    .default('off')
    .describe(
      'With `on`, the address of a user who is marked as deleted (`deleted_at`) can be signed up with again, or given to another account. Whoever deletes their account frees its address either way.',
    ),
  MAX_DAILY_SIGNUPS: whole(1, 100_000_000)
    .optional()
    .describe(
      'Maximum number of accounts that can be created in one day (UTC), across all servers. Default: unlimited.',
    ),
  CALLS_PER_MINUTE: whole(1, 1_000_000)
    .optional()
    .describe(
      'Maximum number of calls per minute from one client network; a tenth of it for calls that check a secret or send a mail. Default: 600 in production, 60000 elsewhere.',
    ),
  CONNECTIONS_PER_NETWORK: whole(1, 1_000_000)
    .optional()
    .describe(
      'Maximum number of connections that one client network may have open; TRUSTED_PROXIES may have any number. Default: 500 in production, 10000 elsewhere.',
    ),
});

/** The variables as the schema parses them. */
export type Environment = z.infer<typeof environmentSchema>;

function port() {
  return whole(0, 65_535);
}

function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

function httpUrl() {
  return z
    .url({ protocol: /^https?$/, error: 'must be an address such as https://auth.example.org' })
    .refine(
      (value) => !URL.canParse(value) || new URL(value).pathname === '/',
      'must not have a path',
    )
    .transform((value) => new URL(value).origin);
}

function postgresUrl() {
  return z
    .url({ protocol: /^postgres(ql)?$/, error: POSTGRES_URL_HELP })
    .superRefine((value, context) => {
      // Else the address has been refused already.
      const isReadable = /^postgres(ql)?:/.test(value) && URL.canParse(value);
      const problem = isReadable ? findAddressProblem(value) : undefined;
      if (problem) context.addIssue({ code: 'custom', message: problem });
    });
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

/** Splits `id=key` at the first equals sign: an id has none, a key in base64 ends with one. */
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

/** As `URL` writes it, so that it can be compared; a fragment would end up after what is appended. */
function isPage(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { href, hash, username, password } = new URL(value);
  return href === value && hash === '' && username === '' && password === '';
}

function isNetwork(value: string): boolean {
  return ipaddr.isValid(value) || ipaddr.isValidCIDR(value);
}
