import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../../src/domains/auth/tokens/single-use-tokens.service.ts';
import { sealBackupCodes } from '../../src/domains/auth/two-factor/backup-codes.ts';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import { commitDuring } from '../harness/hold-user.ts';
import type { InsertedSecondFactor } from '../harness/insert-second-factor.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import type { InsertedUser } from '../harness/insert-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import { readEvents } from '../harness/read-events.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const MINUTE_MS = 60_000;
const STEP_MS = 30_000;
const WRONG_BACKUP_CODE = 'wrong-wrong';

let server: TestServer;
let clockOffsetMs = 0;

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(Date.now() + clockOffsetMs) });
});
afterAll(() => server.close());

type ProtectedUser = InsertedUser & InsertedSecondFactor;

async function insertProtectedUser(): Promise<ProtectedUser> {
  const user = await insertUser(server);
  return { ...user, ...(await insertSecondFactor(server, user)) };
}

function logIn(email: string, client = server.client()): Promise<Answer> {
  return client.call('auth.login', { email, password: PASSWORD });
}

function verifyTotp(input: object, client = server.client()): Promise<Answer> {
  return client.call('auth.twoFactor.verifyTotp', input);
}

function verifyBackupCode(input: object, client = server.client()): Promise<Answer> {
  return client.call('auth.twoFactor.verifyBackupCode', input);
}

/** What a sign-in with the password leaves behind, without the work. */
function issueChallenge({ id, email }: InsertedUser): Promise<string> {
  const subject = { purpose: 'two-factor', userId: id, email } as const;
  return issueToken(server.owner, subject, { from: server.deps.now(), ttlSeconds: 600 });
}

/** Six digits that the app doesn't show around now. */
function wrongCode(user: ProtectedUser): string {
  const offset = clockOffsetMs;
  const near = [-STEP_MS, 0, STEP_MS].map((shift) => {
    clockOffsetMs = offset + shift;
    return user.code();
  });
  clockOffsetMs = offset;
  return ['000000', '111111', '222222', '333333'].find((code) => !near.includes(code)) ?? '';
}

async function countSessions(userId: string): Promise<number> {
  const query = server.owner.selectFrom('auth.sessions').select('id');
  return (await query.where('user_id', '=', userId).execute()).length;
}

function codesOf(answers: readonly Answer[]): (string | undefined)[] {
  return answers.map((answer) => answer.code);
}

describe('a sign-in to an account with a second factor', () => {
  it('answers TWO_FACTOR_REQUIRED with the methods, and makes no session', async () => {
    const user = await insertProtectedUser();
    const client = server.client();
    const answer = await logIn(user.email, client);
    expect(answer).toMatchObject({ status: 401, code: 'TWO_FACTOR_REQUIRED' });
    expect(answer.error?.data.twoFactor?.methods).toEqual(['totp', 'backupCode']);
    expect([...client.cookies.keys()]).toEqual(['mana.two_factor']);
    expect(answer.headers.has('set-auth-token')).toBe(false);
    expect(await countSessions(user.id)).toBe(1);
    const [cookie = ''] = answer.headers.getSetCookie();
    for (const attribute of ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax']) {
      expect(cookie).toContain(`; ${attribute}`);
    }
  });

  it('is completed by a browser with its cookie, which no script can read', async () => {
    const user = await insertProtectedUser();
    const client = server.client();
    const origin = 'http://localhost:3000';
    const input = { email: user.email, password: PASSWORD };
    const first = await client.call('auth.login', input, { headers: { origin } });
    expect(first.error?.data.twoFactor).toEqual({ methods: ['totp', 'backupCode'] });
    expect(first.text).not.toContain(client.cookies.get('mana.two_factor'));
    const code = { code: user.code() };
    const answer = await client.call('auth.twoFactor.verifyTotp', code, { headers: { origin } });
    expect(answer.data).toMatchObject({
      user: { id: user.id, twoFactorEnabled: true },
      accessToken: expect.any(String),
      accessTokenExpiresAt: expect.any(Date),
    });
    expect(client.cookies.has('mana.two_factor')).toBe(false);
    expect(answer.headers.has('set-auth-token')).toBe(false);
    expect((await client.call('auth.profile')).status).toBe(200);
    expect(await countSessions(user.id)).toBe(2);
  });

  it('is completed by a program with the challenge and no cookie', async () => {
    const user = await insertProtectedUser();
    const challenge = (await logIn(user.email)).error?.data.twoFactor?.challenge;
    expect(challenge).toMatch(/^[\w-]{43}$/);
    const answer = await verifyTotp({ code: user.code(), challenge });
    expect(answer.status).toBe(200);
    const headers = { authorization: `Bearer ${answer.headers.get('set-auth-token')}` };
    expect((await server.client().call('auth.profile', undefined, { headers })).status).toBe(200);
    expect(server.logText()).not.toContain(challenge);
  });

  it('counts a wrong code as a failure, and accepts the right one after it', async () => {
    const user = await insertProtectedUser();
    const client = server.client();
    await logIn(user.email, client);
    const failed = await verifyTotp({ code: wrongCode(user) }, client);
    expect(failed).toMatchObject({ status: 401, code: 'TWO_FACTOR_FAILED' });
    expect(failed.headers.getSetCookie()).toEqual([]);
    expect(await readEvents(server, user.id)).toEqual(['LOGIN_FAILURE']);
    expect((await verifyTotp({ code: user.code() }, client)).status).toBe(200);
  });

  it('accepts each code once, and none older than it', async () => {
    const user = await insertProtectedUser();
    const earlier = user.code();
    clockOffsetMs += STEP_MS;
    const code = user.code();
    expect((await verifyTotp({ code, challenge: user.challenge })).status).toBe(200);
    for (const again of [code, earlier]) {
      const challenge = await issueChallenge(user);
      expect((await verifyTotp({ code: again, challenge })).code).toBe('TWO_FACTOR_FAILED');
    }
    clockOffsetMs += STEP_MS;
    const challenge = await issueChallenge(user);
    expect((await verifyTotp({ code: user.code(), challenge })).status).toBe(200);
  });

  it('does not accept the code again that turned it on', async () => {
    const user = await insertUser(server);
    const { code, challenge } = await insertSecondFactor(server, user, { enabled: false });
    await user.client.expectSuccess('auth.twoFactor.confirm', { code: code() });
    expect((await verifyTotp({ code: code(), challenge })).code).toBe('TWO_FACTOR_FAILED');
  });

  it('must be completed within ten minutes, or started again', async () => {
    const user = await insertProtectedUser();
    clockOffsetMs += 10 * MINUTE_MS - 1000;
    const soon = await issueChallenge(user);
    const late = await verifyTotp({ code: wrongCode(user), challenge: user.challenge });
    expect(late.code).toBe('TWO_FACTOR_FAILED');
    clockOffsetMs += 2000;
    for (const verify of [verifyTotp, verifyBackupCode]) {
      const answer = await verify({ code: user.code(), challenge: user.challenge });
      expect(answer).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    }
    expect((await verifyTotp({ code: user.code(), challenge: soon })).status).toBe(200);
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a made-up one', 'A'.repeat(43)],
    ['one with a zero byte', '\0'],
  ])('is refused for a challenge that is %s', async (_name, challenge) => {
    const user = await insertProtectedUser();
    for (const verify of [verifyTotp, verifyBackupCode]) {
      const answer = await verify({ code: user.code(), challenge });
      expect(answer).toMatchObject({ status: 400, code: 'TOKEN_INVALID' });
    }
  });

  it('uses the challenge that is named, and not the cookie beside it', async () => {
    const [a, b] = [await insertProtectedUser(), await insertProtectedUser()];
    const client = server.client();
    client.cookies.set('mana.two_factor', a.challenge);
    const answer = await verifyTotp({ code: b.code(), challenge: b.challenge }, client);
    expect(answer.data).toMatchObject({ user: { id: b.id } });
  });
});

/** What keyboards, phones and text programs make of a code. */
const typings: Record<string, (code: string) => string> = {
  'full-width digits and letters': (code) =>
    code.replace(/[!-~]/g, (one) => String.fromCodePoint((one.codePointAt(0) ?? 0) + 0xfee0)),
  'Arabic-Indic digits': (code) =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))),
  'Devanagari digits': (code) =>
    code.replace(/\d/g, (digit) => String.fromCodePoint(0x0966 + Number(digit))),
  'dashes of many kinds': (code) =>
    [...code.replace('-', '')]
      .map((one, at) => one + ['-', '–', '—', '−', '‑', 'ー'][at % 6])
      .join(''),
  'invisible marks': (code) =>
    `\u200e\ufeff${code.slice(0, 3)}\u200b\u00ad\u2060\ufe0f${code.slice(3)}\u202c`,
  'spaces of many kinds': (code) => `\u3000${code.slice(0, 3)}\u00a0\u2009${code.slice(3)}\t`,
  'a final dot': (code) => `${code}.`,
  'a final ideographic full stop': (code) => `${code}。`,
};

describe('a code typed by a person', () => {
  it.each(Object.entries(typings))('is accepted with %s', async (_name, type) => {
    const user = await insertProtectedUser();
    const byApp = await verifyTotp({ code: type(user.code()), challenge: user.challenge });
    expect(byApp.status).toBe(200);
    const challenge = await issueChallenge(user);
    const [code = ''] = user.backupCodes;
    expect((await verifyBackupCode({ code: type(code), challenge })).status).toBe(200);
    const unprotected = await insertUser(server);
    const pending = await insertSecondFactor(server, unprotected, { enabled: false });
    await unprotected.client.expectSuccess('auth.twoFactor.confirm', {
      code: type(pending.code()),
    });
  });

  it('that can’t be one is no failed attempt, however often', async () => {
    const user = await insertProtectedUser();
    const { challenge } = user;
    const slips = ['12345', '1234567', '12345a', '', '. -', '123 45', 'one two'];
    for (const code of slips) {
      expect([code, (await verifyTotp({ code, challenge })).code]).toEqual([code, 'VALIDATION']);
    }
    const [backupCode = ''] = user.backupCodes;
    for (const code of [
      user.code(),
      backupCode.slice(1),
      `${backupCode}a`,
      `${backupCode}!`,
      '- .',
    ]) {
      const answer = await verifyBackupCode({ code, challenge });
      expect([code, answer.code, answer.error?.data.field]).toEqual([code, 'VALIDATION', 'code']);
    }
    const lockouts = await server.owner
      .selectFrom('auth.login_attempts')
      .selectAll()
      .where('email', '=', user.email)
      .execute();
    expect(lockouts).toEqual([]);
    expect((await verifyTotp({ code: user.code(), challenge })).status).toBe(200);
  });
});

describe('a backup code', () => {
  it('signs in once, however it is typed, and the owner is told', async () => {
    const user = await insertProtectedUser();
    const [code = ''] = user.backupCodes;
    const typed = ` ${code.replace('-', ' ').toUpperCase()} `;
    const answer = await verifyBackupCode({ code: typed, challenge: user.challenge });
    expect(answer.status).toBe(200);
    expect((await server.mailsTo(user.email)).at(-1)?.text).toContain('9 are left.');
    const challenge = await issueChallenge(user);
    const again = await verifyBackupCode({ code, challenge });
    expect(again.code).toBe('TWO_FACTOR_FAILED');
    expect(server.logText()).not.toContain(code);
  });

  it('says when few are left', async () => {
    const user = await insertProtectedUser();
    const kept = user.backupCodes.slice(0, 2);
    await server.owner
      .updateTable('auth.two_factor_auth')
      .set({ backup_codes: sealBackupCodes(server.deps.secrets, user.id, kept) })
      .where('user_id', '=', user.id)
      .execute();
    for (const [code, words] of [
      [kept[0], 'One is left. Make new ones'],
      [kept[1], 'None is left. Make new ones'],
    ]) {
      const challenge = await issueChallenge(user);
      expect((await verifyBackupCode({ code, challenge })).status).toBe(200);
      expect((await server.mailsTo(user.email)).at(-1)?.text).toContain(words);
    }
  });

  it('that was replaced while it was on its way is refused, and brings no old ones back', async () => {
    const user = await insertProtectedUser();
    const replaced = sealBackupCodes(server.deps.secrets, user.id, ['other-codes']);
    const factors = sql.table('auth.two_factor_auth');
    const answer = await commitDuring(
      server,
      user.id,
      (trx) =>
        sql`update ${factors} set backup_codes = ${replaced} where user_id = ${user.id}`.execute(
          trx,
        ),
      () => verifyBackupCode({ code: user.backupCodes[0], challenge: user.challenge }),
    );
    expect(answer.code).toBe('TWO_FACTOR_FAILED');
    const { challenge } = user;
    expect((await verifyBackupCode({ code: 'other-codes', challenge })).status).toBe(200);
  });

  it('of another user is refused', async () => {
    const [a, b] = [await insertProtectedUser(), await insertProtectedUser()];
    const answer = await verifyBackupCode({ code: a.backupCodes[0], challenge: b.challenge });
    expect(answer.code).toBe('TWO_FACTOR_FAILED');
  });
});

describe('S7: of 50 simultaneous codes exactly one signs in', () => {
  it.each([
    ['with the same challenge and code', 'totp', 'one challenge'],
    ['with the same code and a challenge each', 'totp', 'a challenge each'],
    ['with the same challenge and backup code', 'backup-code', 'one challenge'],
    ['with the same backup code and a challenge each', 'backup-code', 'a challenge each'],
  ])('%s', async (_name, method, which) => {
    const user = await insertProtectedUser();
    const code = method === 'totp' ? user.code() : user.backupCodes[0];
    const challenges = await Promise.all(
      Array.from({ length: 50 }, () =>
        which === 'one challenge' ? user.challenge : issueChallenge(user),
      ),
    );
    const verify = method === 'totp' ? verifyTotp : verifyBackupCode;
    const answers = await Promise.all(challenges.map((challenge) => verify({ code, challenge })));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(await countSessions(user.id)).toBe(2);
    // Nobody failed: the others came too late, or were never checked.
    expect(new Set(codesOf(answers))).not.toContain('TWO_FACTOR_FAILED');
    expect(new Set(codesOf(answers))).not.toContain('INTERNAL');
    // SQLSTATE deadlock_detected.
    expect(server.logText()).not.toContain('40P01');
  });

  it('with ten backup codes, each used up by five', async () => {
    const user = await insertProtectedUser();
    for (const code of user.backupCodes) {
      const challenges = await Promise.all(Array.from({ length: 5 }, () => issueChallenge(user)));
      const answers = await Promise.all(
        challenges.map((challenge) => verifyBackupCode({ code, challenge })),
      );
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    }
    const challenge = await issueChallenge(user);
    const [code] = user.backupCodes;
    expect((await verifyBackupCode({ code, challenge })).code).toBe('TWO_FACTOR_FAILED');
  });
});

describe('S8: a challenge', () => {
  it('is no other token, and no other token is a challenge', async () => {
    const user = await insertProtectedUser();
    const { challenge: token, id: userId, email } = user;
    for (const [path, input] of [
      ['auth.verifyEmail', { token }],
      ['auth.resetPassword', { token, newPassword: 'another quiet horse' }],
    ] as const) {
      expect([path, (await server.client().call(path, input)).code]).toEqual([
        path,
        'TOKEN_INVALID',
      ]);
    }
    const session = server.client();
    session.cookies.set('mana.session_token', token);
    expect((await session.call('auth.profile')).code).toBe('UNAUTHORIZED');
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.client().call('auth.refresh', undefined, { headers })).code).toBe(
      'UNAUTHORIZED',
    );
    for (const purpose of ['email-verification', 'password-reset', 'email-change'] as const) {
      const subject = { purpose, userId, email };
      const lifetime = { from: server.deps.now(), ttlSeconds: 600 };
      const challenge = await issueToken(server.owner, subject, lifetime);
      const answer = await verifyTotp({ code: user.code(), challenge });
      expect([purpose, answer.code]).toEqual([purpose, 'TOKEN_INVALID']);
    }
    expect((await verifyTotp({ code: user.code(), challenge: token })).status).toBe(200);
  });

  it('ends when the password is changed', async () => {
    const user = await insertProtectedUser();
    await user.client.expectSuccess('auth.changePassword', {
      currentPassword: PASSWORD,
      newPassword: 'another quiet horse',
    });
    const answer = await verifyTotp({ code: user.code(), challenge: user.challenge });
    expect(answer.code).toBe('TOKEN_INVALID');
  });

  it('is good only for its own account', async () => {
    const [a, b] = [await insertProtectedUser(), await insertProtectedUser()];
    const answer = await verifyTotp({ code: a.code(), challenge: b.challenge });
    expect(answer.code).toBe('TWO_FACTOR_FAILED');
  });
});

describe('S21: the lock holds on codes', () => {
  async function failFourTimes(user: ProtectedUser, client?: ApiClient): Promise<void> {
    const { challenge } = user;
    const answers = [
      await verifyTotp({ code: wrongCode(user), challenge }, client),
      await verifyBackupCode({ code: WRONG_BACKUP_CODE, challenge }, client),
      await verifyTotp({ code: wrongCode(user), challenge }, client),
      await verifyBackupCode({ code: WRONG_BACKUP_CODE, challenge }, client),
    ];
    expect(codesOf(answers)).toEqual(Array(4).fill('TWO_FACTOR_FAILED'));
  }

  it('and refuses right ones too, from the app and from the list', async () => {
    const user = await insertProtectedUser();
    const { challenge } = user;
    await failFourTimes(user);
    const fifth = await verifyTotp({ code: wrongCode(user), challenge });
    expect(fifth.code).toBe('TWO_FACTOR_FAILED');
    const answers = [
      await verifyTotp({ code: user.code(), challenge }),
      await verifyBackupCode({ code: user.backupCodes[0], challenge }),
      await logIn(user.email),
    ];
    expect(codesOf(answers)).toEqual(Array(3).fill('ACCOUNT_LOCKED'));
    expect(await countSessions(user.id)).toBe(1);
  });

  it('and the right password in between clears nothing', async () => {
    const user = await insertProtectedUser();
    await failFourTimes(user);
    expect((await logIn(user.email)).code).toBe('TWO_FACTOR_REQUIRED');
    const { challenge } = user;
    expect((await verifyTotp({ code: wrongCode(user), challenge })).code).toBe('TWO_FACTOR_FAILED');
    expect((await verifyTotp({ code: user.code(), challenge })).code).toBe('ACCOUNT_LOCKED');
  });

  it('and counts wrong passwords and wrong codes together', async () => {
    const user = await insertProtectedUser();
    const { challenge, email } = user;
    for (let i = 0; i < 3; i += 1) {
      await server.client().call('auth.login', { email, password: 'a wrong guess' });
    }
    await verifyTotp({ code: wrongCode(user), challenge });
    await verifyBackupCode({ code: WRONG_BACKUP_CODE, challenge });
    expect((await verifyTotp({ code: user.code(), challenge })).code).toBe('ACCOUNT_LOCKED');
  });

  it('of 200 simultaneous wrong codes, five are checked', async () => {
    const user = await insertProtectedUser();
    const input = { code: wrongCode(user), challenge: user.challenge };
    const answers = await Promise.all(Array.from({ length: 200 }, () => verifyTotp(input)));
    const failed = answers.filter((answer) => answer.code === 'TWO_FACTOR_FAILED');
    expect(failed).toHaveLength(5);
    const kept = await server.owner
      .selectFrom('auth.login_attempts')
      .select(['method', 'successful'])
      .where('email', '=', user.email)
      .execute();
    expect(kept).toEqual(Array(5).fill({ method: 'totp', successful: false }));
  });

  it('and leaves the owner their own browser', async () => {
    const user = await insertProtectedUser();
    const browser = server.client();
    await verifyTotp({ code: user.code(), challenge: user.challenge }, browser);
    const stolen: ProtectedUser = { ...user, challenge: await issueChallenge(user) };
    await failFourTimes(stolen);
    await verifyBackupCode({ code: WRONG_BACKUP_CODE, challenge: stolen.challenge });
    expect((await logIn(user.email)).code).toBe('ACCOUNT_LOCKED');
    clockOffsetMs += STEP_MS;
    expect((await logIn(user.email, browser)).code).toBe('TWO_FACTOR_REQUIRED');
    expect((await verifyTotp({ code: user.code() }, browser)).status).toBe(200);
  });
});

describe('S20: a server fault', () => {
  async function expectNothingLost(user: ProtectedUser): Promise<void> {
    const { challenge } = user;
    const attempts = await server.owner
      .selectFrom('auth.login_attempts')
      .select('id')
      .where('email', '=', user.email)
      .execute();
    expect(attempts).toEqual([]);
    for (let i = 0; i < 4; i += 1) {
      const answer = await verifyBackupCode({ code: WRONG_BACKUP_CODE, challenge });
      expect(answer.code).toBe('TWO_FACTOR_FAILED');
    }
    const [code] = user.backupCodes;
    expect((await verifyBackupCode({ code, challenge })).status).toBe(200);
    expect(await countSessions(user.id)).toBe(2);
  }

  it('after the code was checked uses up neither code nor challenge', async () => {
    const user = await insertProtectedUser();
    const { challenge } = user;
    const client = server.client();
    client.cookies.set('mana.two_factor', challenge);
    await sql`alter table auth.sessions rename column user_agent to is_gone`.execute(server.owner);
    try {
      for (const answer of [
        await verifyBackupCode({ code: user.backupCodes[0] }, client),
        await verifyTotp({ code: user.code() }, client),
      ]) {
        expect(answer).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    } finally {
      await sql`alter table auth.sessions rename column is_gone to user_agent`.execute(
        server.owner,
      );
    }
    await expectNothingLost(user);
  });

  it('is the answer if a row can’t be opened: nobody failed, and nothing is counted', async () => {
    const user = await insertProtectedUser();
    const { challenge, id } = user;
    const kept = await server.owner
      .selectFrom('auth.two_factor_auth')
      .select(['secret', 'backup_codes'])
      .where('user_id', '=', id)
      .executeTakeFirstOrThrow();
    const write = (row: typeof kept) =>
      server.owner.updateTable('auth.two_factor_auth').set(row).where('user_id', '=', id).execute();
    await write({ secret: 'ab'.repeat(80), backup_codes: 'cd'.repeat(80) });
    for (let i = 0; i < 3; i += 1) {
      for (const answer of [
        await verifyTotp({ code: user.code(), challenge }),
        await verifyBackupCode({ code: user.backupCodes[0], challenge }),
      ]) {
        expect(answer).toMatchObject({ status: 500, code: 'INTERNAL' });
        expect(answer.text).not.toContain('decrypt');
      }
    }
    const findLine = () =>
      JSON.stringify(server.logLines.findLast((entry) => entry['code'] === 'INTERNAL'));
    await expect.poll(findLine).toContain(`The second factor of user ${id} can't be read`);
    expect(findLine()).toContain('MANA_AUTH_ACCEPTED_SECRETS');
    await write(kept);
    await expectNothingLost(user);
  });
});
