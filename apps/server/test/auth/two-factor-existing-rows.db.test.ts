import { createOTP } from '@better-auth/utils/otp';
import { hashPassword, symmetricEncrypt } from 'better-auth/crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeSecondFactorRemoval } from '../../src/cli/users.ts';
import { openBackupCodes } from '../../src/domains/auth/two-factor/backup-codes.ts';
import { openTotpKey } from '../../src/domains/auth/two-factor/stored-totp-key.ts';
import { createAppSecrets } from '../../src/secrets/app-secrets.ts';
import type { Answer } from '../harness/api-client.ts';
import { readCode } from '../harness/authenticator-app.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const FORMER_SECRET = 'the secret from before the last rotation';
const BETTER_AUTH_KEY = 'kP3xQ9-vB_7mZ2aR5tY8wL1cN4dF6gH0';
const BETTER_AUTH_CODES = ['aB3dE-fG7hI', 'zY9xW-vU5tS'];
const BASE32_KEY = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    environment: { MANA_AUTH_ACCEPTED_SECRETS: FORMER_SECRET },
  });
});
afterAll(() => server.close());

interface ExistingRow {
  readonly secret: string;
  readonly backup_codes: string | null;
  readonly enabled?: boolean;
  /** In auth.users. */
  readonly flag?: boolean;
}

async function insertExisting({ flag = true, enabled = true, ...row }: ExistingRow) {
  const user = await insertUser(server);
  await server.owner
    .insertInto('auth.two_factor_auth')
    .values({ user_id: user.id, enabled, ...row })
    .execute();
  await setFlag(user.id, flag);
  return user;
}

async function setFlag(userId: string, flag: boolean): Promise<void> {
  await server.owner
    .updateTable('auth.users')
    .set({ two_factor_enabled: flag })
    .where('id', '=', userId)
    .execute();
  // The owner has proven both factors, as with a passkey.
  await server.owner
    .updateTable('auth.sessions')
    .set({ amr: ['hwk', 'user', 'mfa'] })
    .where('user_id', '=', userId)
    .execute();
}

async function readState(userId: string) {
  return server.owner
    .selectFrom('auth.users as user')
    .leftJoin('auth.two_factor_auth as factor', 'factor.user_id', 'user.id')
    .select(['user.two_factor_enabled', 'factor.enabled', 'factor.secret', 'factor.backup_codes'])
    .where('user.id', '=', userId)
    .executeTakeFirstOrThrow();
}

/** Signs in with the password, then with a code. */
async function signIn(
  email: string,
  second: { totp: string } | { backupCode: string | undefined },
): Promise<Answer> {
  const client = server.client();
  const first = await client.call('auth.login', { email, password: PASSWORD });
  expect(first.code).toBe('TWO_FACTOR_REQUIRED');
  return 'totp' in second
    ? client.call('auth.twoFactor.verifyTotp', { code: second.totp })
    : client.call('auth.twoFactor.verifyBackupCode', { code: second.backupCode });
}

describe('a second factor from an existing database goes on working', () => {
  const inBetterAuthsForm = async (key: string) => ({
    secret: await symmetricEncrypt({ key, data: BETTER_AUTH_KEY }),
    backup_codes: await symmetricEncrypt({ key, data: JSON.stringify(BETTER_AUTH_CODES) }),
  });

  it('if Better Auth made it', async () => {
    const { id, email } = await insertExisting(
      await inBetterAuthsForm(server.deps.secrets.current),
    );
    const totp = await createOTP(BETTER_AUTH_KEY).totp();
    expect((await signIn(email, { totp })).status).toBe(200);
    expect((await signIn(email, { totp })).code).toBe('TWO_FACTOR_FAILED');
    expect((await signIn(email, { backupCode: 'ab3de-fg7hi' })).code).toBe('TWO_FACTOR_FAILED');
    expect((await signIn(email, { backupCode: 'aB3dE-fG7hI' })).status).toBe(200);
    expect((await signIn(email, { backupCode: 'aB3dE-fG7hI' })).code).toBe('TWO_FACTOR_FAILED');
    expect((await readState(id)).enabled).toBe(true);
  });

  it('if it is in plain text, and is encrypted when it is first used', async () => {
    const { id, email } = await insertExisting({
      secret: BASE32_KEY,
      backup_codes: JSON.stringify(BETTER_AUTH_CODES),
    });
    const totp = readCode(BASE32_KEY, Date.now());
    expect((await signIn(email, { totp })).status).toBe(200);
    expect((await signIn(email, { backupCode: 'zY9xW-vU5tS' })).status).toBe(200);
    const kept = await readState(id);
    const { secrets } = server.deps;
    expect(await openTotpKey(secrets, id, kept.secret ?? '')).toMatchObject({
      key: { base32: BASE32_KEY },
      isCurrent: true,
    });
    expect(await openBackupCodes(secrets, id, kept.backup_codes)).toEqual({
      codes: ['aB3dE-fG7hI'],
      isCurrent: true,
    });
    expect((await signIn(email, { totp })).code).toBe('TWO_FACTOR_FAILED');
    expect((await signIn(email, { backupCode: 'zY9xW-vU5tS' })).code).toBe('TWO_FACTOR_FAILED');
    expect((await signIn(email, { backupCode: 'aB3dE-fG7hI' })).status).toBe(200);
  });

  it('if it was encrypted under an earlier secret, and moves to the current one', async () => {
    const { id, email } = await insertExisting(await inBetterAuthsForm(FORMER_SECRET));
    const totp = await createOTP(BETTER_AUTH_KEY).totp();
    expect((await signIn(email, { totp })).status).toBe(200);
    expect((await signIn(email, { backupCode: 'aB3dE-fG7hI' })).status).toBe(200);
    const kept = await readState(id);
    const current = createAppSecrets(server.deps.secrets.current, []);
    expect((await openTotpKey(current, id, kept.secret ?? '')).isCurrent).toBe(true);
    expect((await openBackupCodes(current, id, kept.backup_codes)).codes).toEqual(['zY9xW-vU5tS']);
  });

  it('but never in another user’s row, once it was written again', async () => {
    const [mine, theirs] = [await insertUser(server), await insertUser(server)];
    const factor = await insertSecondFactor(server, mine);
    await insertSecondFactor(server, theirs);
    await sql`
      update auth.two_factor_auth as target set secret = source.secret, backup_codes = source.backup_codes
      from auth.two_factor_auth as source
      where target.user_id = ${theirs.id} and source.user_id = ${mine.id}
    `.execute(server.owner);
    const byApp = await signIn(theirs.email, { totp: factor.code() });
    const byCode = await signIn(theirs.email, { backupCode: factor.backupCodes[0] });
    expect([byApp.code, byCode.code]).toEqual(['INTERNAL', 'INTERNAL']);
    expect((await signIn(mine.email, { totp: factor.code() })).status).toBe(200);
  });

  it('without backup codes', async () => {
    const { email } = await insertExisting({ secret: BASE32_KEY, backup_codes: null });
    expect((await signIn(email, { backupCode: 'null' })).code).toBe('TWO_FACTOR_FAILED');
    const totp = readCode(BASE32_KEY, Date.now());
    expect((await signIn(email, { totp })).status).toBe(200);
  });

  it('and an old password hash is upgraded, although the sign-in is not complete yet', async () => {
    const { id, email } = await insertExisting({ secret: BASE32_KEY, backup_codes: null });
    const password = await hashPassword(PASSWORD);
    const accounts = server.owner.updateTable('auth.accounts').set({ password });
    await accounts.where('user_id', '=', id).execute();
    await server.client().call('auth.login', { email, password: PASSWORD });
    const account = await server.owner
      .selectFrom('auth.accounts')
      .select('password')
      .where('user_id', '=', id)
      .executeTakeFirst();
    expect(account?.password).toMatch(/^\$argon2id\$/);
  });
});

describe('where the two places that record a second factor disagree, nobody signs in without it', () => {
  const totp = () => readCode(BASE32_KEY, Date.now());

  it.each([
    ['the row is on and the user is not marked', { enabled: true, flag: false }],
    ['the user is marked and the row is not on', { enabled: false, flag: true }],
  ])('%s: it is asked for, and both agree afterwards', async (_name, state) => {
    const existing = { secret: BASE32_KEY, backup_codes: null, ...state };
    const { id, email, client } = await insertExisting(existing);
    expect((await client.call('auth.twoFactor.enable')).code).toBe('VALIDATION');
    const answer = await signIn(email, { totp: totp() });
    expect(answer.data).toMatchObject({ user: { twoFactorEnabled: true } });
    expect(await readState(id)).toMatchObject({ two_factor_enabled: true, enabled: true });
  });

  it.each([
    ['the row is on and the user is not marked', { enabled: true, flag: false }],
    ['the user is marked and the row is not on', { enabled: false, flag: true }],
  ])('%s: the owner can turn it off', async (_name, state) => {
    const existing = { secret: BASE32_KEY, backup_codes: null, ...state };
    const { id, client } = await insertExisting(existing);
    await client.expectSuccess('auth.twoFactor.disable');
    expect(await readState(id)).toMatchObject({ two_factor_enabled: false, enabled: null });
  });

  it('the user is marked and there is no row: it is reported, and the owner can turn it off', async () => {
    const { id, email, client } = await insertUser(server);
    await setFlag(id, true);
    const stranger = server.client();
    const answer = await stranger.call('auth.login', { email, password: PASSWORD });
    expect(answer.code).toBe('TWO_FACTOR_REQUIRED');
    expect(answer.error?.data.twoFactor).toEqual({ methods: [] });
    expect(stranger.cookies.size).toBe(0);
    const line = server.logLines.findLast((entry) => entry['userId'] === id);
    expect(line).toMatchObject({ level: 50 });
    expect((await client.call('auth.twoFactor.regenerateBackupCodes')).error?.message).toContain(
      'Turn this off',
    );
    await client.expectSuccess('auth.twoFactor.disable');
    await stranger.expectSuccess('auth.login', { email, password: PASSWORD });
    await client.expectSuccess('auth.twoFactor.enable');
  });

  it('the user is marked and there is no row: an operator can let them in again', async () => {
    const { id, email } = await insertUser(server);
    await setFlag(id, true);
    const remove = () =>
      describeSecondFactorRemoval(server.database.appUrl, ` ${email.toUpperCase()} `);
    expect(await remove()).toContain(`The second factor of ${email} is removed`);
    await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
    const events = server.owner.selectFrom('auth.security_events').select('event_type');
    expect(await events.where('user_id', '=', id).execute()).toContainEqual({
      event_type: 'TWO_FACTOR_DISABLED',
    });
    expect(await remove()).toContain('has no second factor');
    expect(await describeSecondFactorRemoval(server.database.appUrl, 'nobody@example.org')).toBe(
      'There is no account with the address nobody@example.org.',
    );
  });

  it('the row goes away while the code is typed: the sign-in starts again', async () => {
    const user = await insertUser(server);
    const { challenge, code } = await insertSecondFactor(server, user);
    await server.owner.deleteFrom('auth.two_factor_auth').where('user_id', '=', user.id).execute();
    const answer = await server
      .client()
      .call('auth.twoFactor.verifyTotp', { code: code(), challenge });
    expect(answer.code).toBe('TOKEN_INVALID');
  });

  it.each([
    'auth.users.two_factor_enabled',
    'auth.two_factor_auth.enabled',
    'auth.two_factor_auth.user_id',
  ])('the column %s is gone: nobody signs in', async (column) => {
    const user = await insertUser(server);
    await insertSecondFactor(server, user);
    const [schema = '', table = '', name = ''] = column.split('.');
    const target = sql.id(schema, table);
    await sql`alter table ${target} rename column ${sql.id(name)} to is_gone`.execute(server.owner);
    try {
      const input = { email: user.email, password: PASSWORD };
      expect((await server.client().call('auth.login', input)).code).toBe('SERVICE_UNAVAILABLE');
    } finally {
      await sql`alter table ${target} rename column is_gone to ${sql.id(name)}`.execute(
        server.owner,
      );
    }
  });
});
