import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@mana/db/schema/database';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countWaiting } from '../../test/harness/hold-user.ts';
import { createCapturedLog } from '../../test/harness/log-lines.ts';
import { sealAsBefore } from '../../test/harness/older-secrets.ts';
import { callMana, runMana } from '../../test/harness/run-program.ts';
import { loadSigningKeys } from '../access-tokens/signing-keys.ts';
import { openBackupCodes, sealBackupCodes } from '../domains/auth/two-factor/backup-codes.ts';
import { openTotpKey } from '../domains/auth/two-factor/stored-totp-key.ts';
import { createAppSecrets } from '../secrets/app-secrets.ts';

const FORMER = 'the former secret of the tests and of nothing else';
const CURRENT = 'the current secret of the tests and of nothing else';
const former = createAppSecrets(FORMER, []);
const current = createAppSecrets(CURRENT, []);

let database: TestDatabase;
let owner: Kysely<Database>;

beforeAll(async () => {
  database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 2 });
  pool.on('error', () => undefined);
  owner = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
});
afterAll(async () => {
  await owner.destroy();
  await database.drop();
});
beforeEach(() => loadKeys(FORMER));
afterEach(async () => {
  await sql`delete from auth.users`.execute(owner);
  await sql`delete from auth.jwks`.execute(owner);
});

function loadKeys(secret: string) {
  const { log } = createCapturedLog();
  return loadSigningKeys(owner, {
    secrets: createAppSecrets(secret, []),
    log,
    now: () => new Date(),
  });
}

const environmentWith = (environment: Record<string, string>) => ({
  NODE_ENV: 'test',
  DATABASE_URL: database.appUrl,
  MANA_AUTH_SECRET: CURRENT,
  MANA_AUTH_ACCEPTED_SECRETS: FORMER,
  ...environment,
});

const run = (command: string, environment: Record<string, string> = {}) =>
  callMana(['keys', command], environmentWith(environment));

async function expectRun(command: string, environment?: Record<string, string>): Promise<string> {
  const { code, output } = await run(command, environment);
  expect([code, output]).toEqual([0, expect.anything()]);
  return output;
}

describe('mana keys', () => {
  it('lists what each key does and which secret encrypts it, and no secret', async () => {
    await expectRun('rotate');
    await sql`
      insert into auth.jwks (id, public_key, private_key, created_at)
      values ('rsa', '{"kty":"RSA"}', '"00"', '2020-01-01')
    `.execute(owner);
    const [head, newest, first, rsa] = (await expectRun('list')).split('\n');
    expect(head).toMatch(/^key +made +state +encrypted under$/);
    expect(newest).toMatch(/published, signs from \S+ \S+Z +MANA_AUTH_SECRET$/);
    expect(first).toMatch(/ {2}signs +MANA_AUTH_ACCEPTED_SECRETS, number 1$/);
    expect(rsa).toMatch(/^rsa +2020-01-01 00:00:00Z +not used: another algorithm/);
    const closed = await expectRun('list', { MANA_AUTH_ACCEPTED_SECRETS: '' });
    expect(closed).toMatch(/verifies until .*, cannot sign +can't be opened/);
  });

  it('rotates, and says when the new key takes over and how long the earlier ones verify', async () => {
    const before = Date.now();
    const [, from = '', until = ''] =
      /signs from (.+)\.\nThe keys before it verify until (.+)\./.exec(await expectRun('rotate')) ??
      [];
    expect(Date.parse(from) - before).toBeGreaterThan(5 * 60_000);
    expect(Date.parse(until) - Date.parse(from)).toBeGreaterThanOrEqual(15 * 60_000);
  });

  it('creates no key that the servers could not use', async () => {
    const started = await run('rotate', { MANA_AUTH_ACCEPTED_SECRETS: '' });
    expect(started.code).toBe(1);
    expect(started.output).toMatch(/can't be used here.*MANA_AUTH_ACCEPTED_SECRETS/);
    const { rows } = await sql`select id from auth.jwks`.execute(owner);
    expect(rows).toHaveLength(1);
  });

  it('generates no secret if no server has', async () => {
    const started = await run('list', {
      MANA_AUTH_SECRET: '',
      MANA_DATA_DIR: join(tmpdir(), `mana-none-${Date.now()}`),
    });
    expect(started.code).toBe(1);
    expect(started.output).toMatch(/MANA_AUTH_SECRET is not set/);
  });
});

describe('mana keys reencrypt', () => {
  const USERS = 1200;

  async function addSecondFactors(count: number): Promise<void> {
    const secret = await sealAsBefore(FORMER, 'totp secret');
    const codes = await sealAsBefore(FORMER, '["code"]');
    await sql`
      insert into auth.users (id, name, email)
      select 'u' || lpad(n::text, 5, '0'), 'U', n || '@example.org' from generate_series(1, ${count}::int) n
    `.execute(owner);
    await sql`
      insert into auth.two_factor_auth (user_id, secret, backup_codes, enabled)
      select id, ${secret}, case when id = 'u00001' then null else ${codes} end, true from auth.users
    `.execute(owner);
  }

  async function countByPrefix(): Promise<{ moved: number; left: number }> {
    const stored = await owner
      .selectFrom('auth.two_factor_auth')
      .select(['user_id', 'secret', 'backup_codes'])
      .execute();
    let moved = 0;
    for (const { user_id: userId, secret, backup_codes: codes } of stored) {
      const isMoved = await openTotpKey(current, userId, secret).then(
        ({ key, isCurrent }) => isCurrent && key.utf8 === 'totp secret',
        () => false,
      );
      // Secret and codes move together.
      const values = isMoved ? current : former;
      const opened = await openBackupCodes(values, userId, codes);
      if (codes !== null) expect(opened.codes[0]).toMatch(/code/);
      if (isMoved) moved += 1;
    }
    return { moved, left: stored.length - moved };
  }

  async function untilBlocked(): Promise<void> {
    await expect.poll(() => countWaiting(owner)).toBeGreaterThan(0);
  }

  it('loses nothing when it is killed half-way, and finishes when it is run again', async () => {
    await addSecondFactors(USERS);
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    // Locks a row of the second batch, so that the command stops there.
    const holding = owner.transaction().execute(async (trx) => {
      await sql`select from auth.two_factor_auth where user_id = 'u00700' for update`.execute(trx);
      hold();
      await release;
    });
    await held;
    const killed = runMana(['keys', 'reencrypt'], environmentWith({}));
    await untilBlocked();
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toBeNull();
    resolve();
    await holding;
    // What Postgres still did for the killed process is a whole batch, or none of it.
    const { moved } = await countByPrefix();
    expect([500, 1000]).toContain(moved);

    expect(await expectRun('reencrypt')).toMatch(
      /Moved to MANA_AUTH_SECRET: 0 signing keys, \d+ second/,
    );
    expect(await countByPrefix()).toEqual({ moved: USERS, left: 0 });
    expect(await expectRun('reencrypt')).toMatch(/0 signing keys, 0 second factors.*\n.*30 days/);
    await loadKeys(CURRENT);
    await expect(loadKeys(FORMER)).rejects.toThrow(/MANA_AUTH_SECRET/);
  });

  it('lets a user’s change at that moment win', async () => {
    await addSecondFactors(3);
    const newCodes = sealBackupCodes(current, 'u00002', ['new code']);
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    const changing = owner.transaction().execute(async (trx) => {
      await sql`update auth.two_factor_auth set backup_codes = ${newCodes} where user_id = 'u00002'`.execute(
        trx,
      );
      hold();
      await untilBlocked();
    });
    await held;
    const output = expectRun('reencrypt');
    await changing;
    expect(await output).toContain('1 signing keys, 3 second factors');
    expect(await countByPrefix()).toEqual({ moved: 3, left: 0 });
    const { backup_codes: codes } = await owner
      .selectFrom('auth.two_factor_auth')
      .select('backup_codes')
      .where('user_id', '=', 'u00002')
      .executeTakeFirstOrThrow();
    expect((await openBackupCodes(current, 'u00002', codes)).codes).toEqual(['new code']);
  });

  it('encrypts what an older database has in plain text', async () => {
    await addSecondFactors(1);
    await sql`
      update auth.two_factor_auth set secret = 'JBSWY3DPEHPK3PXP', backup_codes = '["code"]'
    `.execute(owner);
    expect(await expectRun('reencrypt')).toContain('1 second factors');
    const stored = await owner
      .selectFrom('auth.two_factor_auth')
      .select(['secret', 'backup_codes'])
      .executeTakeFirstOrThrow();
    const { key, isCurrent } = await openTotpKey(current, 'u00001', stored.secret);
    expect([key.base32, isCurrent]).toEqual(['JBSWY3DPEHPK3PXP', true]);
    expect(await openBackupCodes(current, 'u00001', stored.backup_codes)).toEqual({
      codes: ['code'],
      isCurrent: true,
    });
  });

  it('moves a key even if the codes beside it can’t be opened, and names the user', async () => {
    await addSecondFactors(1);
    await sql`update auth.two_factor_auth set backup_codes = 'broken'`.execute(owner);
    const started = await run('reencrypt');
    expect(started.code).toBe(1);
    expect(started.output).toMatch(
      /1 second factors[\s\S]*of 1 users can't be opened, beginning with that of u0/,
    );
    const { secret, backup_codes: codes } = await owner
      .selectFrom('auth.two_factor_auth')
      .select(['secret', 'backup_codes'])
      .executeTakeFirstOrThrow();
    expect((await openTotpKey(current, 'u00001', secret)).isCurrent).toBe(true);
    expect(codes).toBe('broken');
  });

  it('names what it can’t open, leaves it as it is, and exits with 1', async () => {
    await addSecondFactors(2);
    const before = await countByPrefix();
    const started = await run('reencrypt', { MANA_AUTH_ACCEPTED_SECRETS: '' });
    expect(started.code).toBe(1);
    expect(started.output).toMatch(/The signing key \S+ can't be opened\./);
    expect(started.output).toMatch(
      /second factors of 2 users can't be opened, beginning with that of u00001/,
    );
    expect(started.output).not.toContain('30 days');
    expect(await countByPrefix()).toEqual(before);
  });
});
