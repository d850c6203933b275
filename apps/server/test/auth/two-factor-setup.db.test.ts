import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBackupCodes } from '../../src/domains/auth/two-factor/backup-codes.ts';
import type { ApiClient } from '../harness/api-client.ts';
import { readCode } from '../harness/authenticator-app.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const MINUTE_MS = 60_000;

let server: TestServer;
let clockOffsetMs = 0;

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(Date.now() + clockOffsetMs) });
});
afterAll(() => server.close());

interface Enrolment {
  readonly uri: string;
  readonly secret: string;
  readonly qrCode: string;
}

async function enable(client: ApiClient): Promise<Enrolment> {
  return (await client.expectSuccess('auth.twoFactor.enable')) as Enrolment;
}

function showCode(secret: string): string {
  return readCode(secret, server.deps.now().getTime());
}

/** A code that is none of those which an app shows around now. */
function wrongCode(secret: string): string {
  const near = [-1, 0, 1].map((step) =>
    readCode(secret, server.deps.now().getTime() + step * 30_000),
  );
  return ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code)) ?? '';
}

async function turnOn(client: ApiClient): Promise<{ secret: string; backupCodes: string[] }> {
  const { secret } = await enable(client);
  const answer = await client.expectSuccess('auth.twoFactor.confirm', { code: showCode(secret) });
  return { secret, ...(answer as { backupCodes: string[] }) };
}

function logIn(email: string) {
  return server.client().call('auth.login', { email, password: PASSWORD });
}

async function readFactor(userId: string) {
  const query = server.owner.selectFrom('auth.two_factor_auth').selectAll();
  return query.where('user_id', '=', userId).executeTakeFirst();
}

async function listEvents(userId: string): Promise<string[]> {
  await server.deps.securityEvents.drain();
  const query = server.owner.selectFrom('auth.security_events').select('event_type');
  const rows = await query.where('user_id', '=', userId).orderBy('created_at').execute();
  return rows.map((row) => row.event_type);
}

describe('turning two-factor sign-in on', () => {
  it('asks for nothing until the first code from the app was right', async () => {
    const { client, email } = await insertUser(server);
    const { uri, secret, qrCode } = await enable(client);
    expect(uri).toContain(`secret=${secret}`);
    expect(qrCode).toMatch(/^<svg /);
    expect((await logIn(email)).status).toBe(200);
    const answer = await client.call('auth.twoFactor.confirm', { code: wrongCode(secret) });
    expect(answer).toMatchObject({ status: 401, code: 'TWO_FACTOR_FAILED' });
    expect((await logIn(email)).status).toBe(200);
    expect(await client.expectSuccess('auth.profile')).toMatchObject({
      user: { twoFactorEnabled: false },
    });
  });

  it('answers ten backup codes, tells the owner, and keeps no secret in plain text', async () => {
    const { client, email, id } = await insertUser(server);
    const { secret, backupCodes } = await turnOn(client);
    expect(new Set(backupCodes).size).toBe(10);
    expect(await client.expectSuccess('auth.profile')).toMatchObject({
      user: { twoFactorEnabled: true },
    });
    expect((await logIn(email)).code).toBe('TWO_FACTOR_REQUIRED');
    const row = await readFactor(id);
    expect(row).toMatchObject({ enabled: true, enabled_at: expect.any(Date) });
    for (const text of [secret, ...backupCodes]) {
      expect(JSON.stringify(row)).not.toContain(text);
      expect(server.logText()).not.toContain(text);
    }
    expect(await listEvents(id)).toContain('TWO_FACTOR_ENABLED');
    expect((await server.mailsTo(email)).at(-1)?.subject).toBe('Two-factor sign-in is on');
  });

  it('ends the other sessions, which have proven less, and this one has then proven both', async () => {
    const { client, id, signIn } = await insertUser(server);
    const other = (await signIn()).client;
    await turnOn(client);
    expect((await other.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    expect((await client.call('auth.twoFactor.regenerateBackupCodes')).status).toBe(200);
    expect(await listEvents(id)).toContain('SESSION_REVOKED');
  });

  it('accepts only the code of the newest set-up', async () => {
    const { client } = await insertUser(server);
    const first = await enable(client);
    const second = await enable(client);
    expect(second.secret).not.toBe(first.secret);
    const old = await client.call('auth.twoFactor.confirm', { code: showCode(first.secret) });
    expect(old.code).toBe('TWO_FACTOR_FAILED');
    await client.expectSuccess('auth.twoFactor.confirm', { code: showCode(second.secret) });
  });

  it('gives backup codes to exactly one of 50 simultaneous confirmations', async () => {
    const { client, id } = await insertUser(server);
    const { secret } = await enable(client);
    const code = showCode(secret);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.call('auth.twoFactor.confirm', { code })),
    );
    const right = answers.filter((answer) => answer.status === 200);
    expect(right).toHaveLength(1);
    const stored = (await readFactor(id))?.backup_codes ?? null;
    const { codes } = await openBackupCodes(server.deps.secrets, id, stored);
    expect(right[0]?.data).toEqual({ enabled: true, backupCodes: codes });
    const events = await listEvents(id);
    expect(events.filter((event) => event === 'TWO_FACTOR_ENABLED')).toHaveLength(1);
    expect(events).not.toContain('LOGIN_FAILURE');
  });

  it('is refused while it is on, and leaves the app as it is', async () => {
    const { client, id } = await insertUser(server);
    await turnOn(client);
    const before = await readFactor(id);
    for (const [path, input] of [
      ['auth.twoFactor.enable', undefined],
      ['auth.twoFactor.confirm', { code: '123456' }],
    ] as const) {
      const answer = await client.call(path, input);
      expect([path, answer.code]).toEqual([path, 'VALIDATION']);
      expect(answer.error?.message).toContain('already on');
    }
    expect(await readFactor(id)).toEqual(before);
  });

  it('requires a set-up before a code', async () => {
    const { client } = await insertUser(server);
    const answer = await client.call('auth.twoFactor.confirm', { code: '123456' });
    expect(answer).toMatchObject({ code: 'VALIDATION', status: 400 });
    expect(answer.error?.message).toContain('first');
  });

  it('treats what can’t be a code as a mistake, and not as an attempt', async () => {
    const { client, id } = await insertUser(server);
    await enable(client);
    for (const code of ['', '12345', '1234567', 'abcdef']) {
      const answer = await client.call('auth.twoFactor.confirm', { code });
      expect([code, answer.code, answer.error?.data.field]).toEqual([code, 'VALIDATION', 'code']);
    }
    expect(await listEvents(id)).toEqual([]);
  });
});

describe('S21: the lock holds on confirmations', () => {
  it('and a right code does not clear what was counted', async () => {
    const { client, email } = await insertUser(server);
    for (let i = 0; i < 4; i += 1) {
      expect((await client.call('auth.reauthenticate', { password: 'a guess' })).code).toBe(
        'INVALID_CREDENTIALS',
      );
    }
    await turnOn(client);
    await client.expectSuccess('auth.twoFactor.disable');
    const { secret } = await enable(client);
    const code = wrongCode(secret);
    expect((await client.call('auth.twoFactor.confirm', { code })).code).toBe('TWO_FACTOR_FAILED');
    for (const again of [code, showCode(secret)]) {
      const answer = await client.call('auth.twoFactor.confirm', { code: again });
      expect(answer.code).toBe('ACCOUNT_LOCKED');
    }
    expect((await logIn(email)).code).toBe('ACCOUNT_LOCKED');
  });
});

describe('turning two-factor sign-in off', () => {
  it('lets the password alone sign in again, and tells the owner', async () => {
    const { client, email, id } = await insertUser(server);
    await turnOn(client);
    await client.expectSuccess('auth.twoFactor.disable');
    expect((await logIn(email)).status).toBe(200);
    expect(await readFactor(id)).toBeUndefined();
    expect(await listEvents(id)).toContain('TWO_FACTOR_DISABLED');
    expect((await server.mailsTo(email)).map((mail) => mail.subject)).toContain(
      'Two-factor sign-in is off',
    );
  });

  it('ends the sign-ins that wait for a code', async () => {
    const user = await insertUser(server);
    const { challenge, code } = await insertSecondFactor(server, user);
    await user.client.expectSuccess('auth.twoFactor.disable');
    const answer = await server
      .client()
      .call('auth.twoFactor.verifyTotp', { code: code(), challenge });
    expect(answer.code).toBe('TOKEN_INVALID');
  });

  it('is refused while it is off, and so are new backup codes', async () => {
    const { client, id } = await insertUser(server);
    await enable(client);
    for (const path of ['auth.twoFactor.disable', 'auth.twoFactor.regenerateBackupCodes']) {
      const answer = await client.call(path);
      expect([path, answer.code, answer.error?.message]).toEqual([
        path,
        'VALIDATION',
        'Two-factor sign-in is off.',
      ]);
    }
    expect(await readFactor(id)).toMatchObject({ enabled: false, backup_codes: null });
  });
});

describe('new backup codes', () => {
  it('replace the old ones, and the owner is told', async () => {
    const user = await insertUser(server);
    const { backupCodes: old, challenge } = await insertSecondFactor(server, user);
    const { backupCodes } = (await user.client.expectSuccess(
      'auth.twoFactor.regenerateBackupCodes',
    )) as { backupCodes: string[] };
    expect(new Set([...old, ...backupCodes]).size).toBe(20);
    const verify = (code: string | undefined) =>
      server.client().call('auth.twoFactor.verifyBackupCode', { code, challenge });
    expect((await verify(old[0])).code).toBe('TWO_FACTOR_FAILED');
    expect((await verify(backupCodes[0])).status).toBe(200);
    expect(await listEvents(user.id)).toContain('BACKUP_CODES_REPLACED');
    expect((await server.mailsTo(user.email)).map((mail) => mail.subject)).toContain(
      'You have new backup codes',
    );
  });
});

describe('S13: a session that is not fresh', () => {
  it.each([
    ['enable', undefined],
    ['confirm', { code: '123456' }],
    ['regenerateBackupCodes', undefined],
    ['disable', undefined],
  ])('can’t %s', async (procedure, input) => {
    const user = await insertUser(server);
    await insertSecondFactor(server, user, { enabled: procedure !== 'confirm' });
    const before = await readFactor(user.id);
    clockOffsetMs += 11 * MINUTE_MS;
    const answer = await user.client.call(`auth.twoFactor.${procedure}`, input);
    expect(answer).toMatchObject({ status: 403, code: 'REAUTHENTICATION_REQUIRED' });
    expect(await readFactor(user.id)).toEqual(before);
  });
});
