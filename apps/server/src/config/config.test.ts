import { describe, expect, it } from 'vitest';
import { ConfigurationError, parseEnvironment } from './config.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  BASE_URL: 'https://auth.example.org',
  DATABASE_URL: 'postgres://app:x@db/mana',
  SMTP_URL: 'smtps://mail.example.org',
  MANA_AUTH_SECRET: 's'.repeat(32),
  MANA_AUTH_KEK: Buffer.alloc(32, 7).toString('base64'),
};
const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const KEK = Buffer.alloc(32, 8).toString('base64');

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    parseEnvironment(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('the environment', () => {
  it('needs nothing in development', () => {
    expect(parseEnvironment({})).toMatchObject({
      isProduction: false,
      port: 3000,
      baseUrl: 'http://localhost:3000',
      trustedOrigins: ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'],
      databaseUrl: null,
      secret: null,
    });
  });

  it('accepts earlier and future secrets, separated by commas', () => {
    const [former, next] = ['f'.repeat(32), 'n'.repeat(32)];
    const parsed = parseEnvironment({ MANA_AUTH_ACCEPTED_SECRETS: `${former}, ${next}` });
    expect(parsed.acceptedSecrets).toEqual([former, next]);
    expect(parseEnvironment({}).acceptedSecrets).toEqual([]);
  });

  it('accepts the key of the vaults from a file too, but not from both', () => {
    const inFile = { ...PRODUCTION, MANA_AUTH_KEK: '', MANA_AUTH_KEK_FILE: '/run/secrets/kek' };
    expect(problemsOf(inFile)).toEqual([]);
    expect(problemsOf({ ...inFile, MANA_AUTH_KEK: KEK })).toHaveLength(1);
  });

  it('accepts earlier and future keys of the vaults under different names', () => {
    const { keks } = parseEnvironment({ MANA_AUTH_ACCEPTED_KEKS: `env-v0=${KEK}, next=${KEK}` });
    expect(keks.accepted).toEqual([
      { id: 'env-v0', kek: KEK },
      { id: 'next', kek: KEK },
    ]);
    expect(problemsOf({ MANA_AUTH_ACCEPTED_KEKS: `env-v1=${KEK}` })).toHaveLength(1);
  });

  it('accepts keys of services besides others, and ignores what no key needs', () => {
    const { keks } = parseEnvironment({
      MANA_AUTH_KEK: ARN,
      MANA_AUTH_KEK_ID: 'kms-v1',
      MANA_AUTH_ACCEPTED_KEKS: `env-v1=${KEK},transit-v1=transit:mana`,
      VAULT_ADDR: 'https://vault.example.org:8200/',
      VAULT_TOKEN_FILE: '/run/vault/token',
    });
    expect(keks).toMatchObject({
      active: ARN,
      accepted: [
        { id: 'env-v1', kek: KEK },
        { id: 'transit-v1', kek: 'transit:mana' },
      ],
      services: {
        transit: {
          address: 'https://vault.example.org:8200',
          namespace: null,
          token: null,
          tokenFile: '/run/vault/token',
        },
        kmsEndpoint: null,
      },
    });
    const ofSomebodyElse = {
      VAULT_ADDR: 'unix:///x',
      VAULT_TOKEN: 'a b',
      AWS_ENDPOINT_URL_KMS: '',
    };
    expect(parseEnvironment(ofSomebodyElse).keks.services.transit).toBeNull();
  });

  it.each<[Record<string, string>, RegExp[]]>([
    [{}, [/^VAULT_ADDR is missing/, /^VAULT_TOKEN is missing/]],
    [{ VAULT_ADDR: 'vault.example.org', VAULT_TOKEN: 'hunter2' }, [/^VAULT_ADDR must be/]],
    [{ VAULT_ADDR: 'https://me:hunter2@vault', VAULT_TOKEN: 'x' }, [/^VAULT_ADDR must be/]],
    [{ VAULT_ADDR: 'https://:hunter2@vault', VAULT_TOKEN: 'x' }, [/^VAULT_ADDR must be/]],
    [{ VAULT_ADDR: 'https://vault?x=hunter2', VAULT_TOKEN: 'x' }, [/^VAULT_ADDR must be/]],
    [{ VAULT_ADDR: 'unix:///run/vault', VAULT_TOKEN: 'x' }, [/^VAULT_ADDR must be/]],
    [
      { VAULT_ADDR: 'https://vault', VAULT_TOKEN: 'hunter2\nx: y' },
      [/^VAULT_TOKEN must be one word/],
    ],
    [
      { VAULT_ADDR: 'https://vault', VAULT_TOKEN: 'x', VAULT_TOKEN_FILE: 'y' },
      [/both set: set one/],
    ],
    [{ VAULT_ADDR: 'http://vault', VAULT_TOKEN: 'x' }, [/^VAULT_ADDR must begin with https/]],
    [{ VAULT_ADDR: 'http://127.0.0.1:8200', VAULT_TOKEN: 'x' }, []],
    [
      { VAULT_ADDR: 'https://vault', VAULT_TOKEN: 'x', VAULT_NAMESPACE: 'a b' },
      [/^VAULT_NAMESPACE/],
    ],
  ])('says everything that a key in Transit lacks: %j', (variables, problems) => {
    const production = { ...PRODUCTION, MANA_AUTH_KEK: 'transit:mana', ...variables };
    const found = problemsOf(production);
    expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)));
    expect(found.join()).not.toContain('hunter2');
    // Together with any other problem, and for an accepted key as for the active one.
    const more = problemsOf({ ...production, PORT: 'eighty' });
    expect(more).toHaveLength(problems.length + 1);
    const accepted = { MANA_AUTH_KEK: KEK, MANA_AUTH_ACCEPTED_KEKS: 'old=transit:mana' };
    expect(problemsOf({ ...production, ...accepted })).toEqual(found);
  });

  it('refuses an address of AWS KMS that would expose the keys', () => {
    const about = (address: string) =>
      problemsOf({ ...PRODUCTION, MANA_AUTH_KEK: ARN, AWS_ENDPOINT_URL_KMS: address });
    expect(about('https://kms-fips.eu-central-1.amazonaws.com')).toEqual([]);
    expect(about('http://localhost:4566')).toEqual([]);
    expect(about('http://kms.example.org')).toEqual([expect.stringContaining('https')]);
    expect(about('kms')).toEqual([expect.stringContaining('AWS_ENDPOINT_URL_KMS must be')]);
  });

  it('counts an empty value as unset', () => {
    expect(parseEnvironment({ PORT: '', SMTP_URL: '' }).port).toBe(3000);
  });

  it('is enough for production with six variables, and reports each of five that is missing', () => {
    expect(problemsOf(PRODUCTION)).toEqual([]);
    for (const name of Object.keys(PRODUCTION).filter((one) => one !== 'NODE_ENV')) {
      const problems = problemsOf({ ...PRODUCTION, [name]: '' });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`${name} is missing`);
    }
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '3e3'],
    ['NODE_ENV', 'prod'],
    ['BASE_URL', 'login.example.net'],
    ['BASE_URL', 'https://auth.example.org/path'],
    ['BASE_URL', 'ftp://auth.example.org'],
    ['DATABASE_URL', 'mysql://x/y'],
    ['MANA_AUTH_SECRET', 'short'],
    ['TRUSTED_ORIGINS', 'https://a.example, b.example'],
    ['TRUSTED_ORIGINS', 'https://a.example/'],
    ['TRUSTED_ORIGINS', '*'],
    ['CALLBACK_URLS', 'app.example.net/new'],
    ['CALLBACK_URLS', 'https://a.example'],
    ['CALLBACK_URLS', 'https://user@a.example/'],
    ['CALLBACK_URLS', 'https://a.example/#top'],
    ['MANA_AUTH_ACCEPTED_SECRETS', `${'s'.repeat(32)},short`],
    ['MANA_AUTH_ACCEPTED_SECRETS', `${'s'.repeat(32)},`],
    ['MANA_AUTH_KEK', 'short'],
    ['MANA_AUTH_KEK', Buffer.alloc(31).toString('base64')],
    ['MANA_AUTH_KEK', ` ${KEK}`],
    ['MANA_AUTH_KEK', 'transit:../mana'],
    ['MANA_AUTH_KEK', ARN.replace('key/', 'alias/')],
    ['MANA_AUTH_KEK_ID', 'env v1'],
    ['MANA_AUTH_ACCEPTED_KEKS', KEK],
    ['MANA_AUTH_ACCEPTED_KEKS', `=${KEK}`],
    ['MANA_AUTH_ACCEPTED_KEKS', `old=${KEK}AA`],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'proxy'],
    ['COOKIE_DOMAIN', 'https://example.org'],
    ['COOKIE_DOMAIN', 'localhost'],
    ['SMTP_URL', 'https://mail'],
    ['LOG_LEVEL', 'loud'],
    ['PASSWORD_MIN_LENGTH', '4'],
    ['CONCEAL_ACCOUNTS', 'yes'],
    ['REUSE_DELETED_ADDRESSES', 'yes'],
    ['DATABASE_POOL_SIZE', '0'],
  ])('refuses %s=%s by name, without the value', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} `));
    if (value.length > 5) expect(problems[0]).not.toContain(value);
  });

  it('refuses a cookie domain that BASE_URL is not on', () => {
    const about = (domain: string) => problemsOf({ ...PRODUCTION, COOKIE_DOMAIN: domain });
    expect(about('example.org')).toEqual([]);
    expect(about('other.org')).toHaveLength(1);
    expect(about('ample.org')).toHaveLength(1);
  });

  it('trusts no other loopback address once BASE_URL is set', () => {
    const { trustedOrigins } = parseEnvironment({ BASE_URL: 'https://auth.example.org' });
    expect(trustedOrigins).toEqual(['https://auth.example.org']);
  });

  it('refuses plain HTTP in production, except on the machine itself', () => {
    expect(problemsOf({ ...PRODUCTION, BASE_URL: 'http://auth.example.org' })).toHaveLength(1);
    expect(problemsOf({ ...PRODUCTION, BASE_URL: 'http://localhost:3000' })).toEqual([]);
    const about = (page: string) => problemsOf({ ...PRODUCTION, CALLBACK_URLS: page });
    expect(about('https://app.example.org/new,http://app.example.org/new')).toHaveLength(1);
    expect(about('http://localhost:5173/new')).toEqual([]);
  });

  it('refuses an owner of the database without a database', () => {
    expect(problemsOf({ MIGRATION_DATABASE_URL: 'postgres://o@h/d' })).toHaveLength(1);
  });
});
