import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import { insertPasskey } from '../harness/insert-passkey.ts';
import { insertUser } from '../harness/insert-user.ts';
import { requestChallenge, signInWithPasskey } from '../harness/passkey-sign-in.ts';
import { createPasskey, type SoftwarePasskey } from '../harness/software-authenticator.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const MINUTE_MS = 60_000;
const WRONG = { userVerified: false };

let server: TestServer;
let now = new Date();

beforeAll(async () => {
  server = await startTestServer({
    now: () => now,
    environment: { TRUSTED_PROXIES: '127.0.0.1', LOCKOUT_FAILURES: '5' },
  });
});
beforeEach(() => {
  now = new Date(now.getTime() + 60 * MINUTE_MS);
});
afterAll(() => server.close());

async function newUserWithPasskey() {
  const user = await insertUser(server);
  return { ...user, ...(await insertPasskey(server, user)) };
}

function fail(passkey: SoftwarePasskey, client?: ApiClient): Promise<Answer> {
  return signInWithPasskey(server, passkey, { ceremony: WRONG, ...(client && { client }) });
}

async function failTimes(
  times: number,
  passkey: SoftwarePasskey,
  client?: ApiClient,
): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  for (let i = 0; i < times; i += 1) codes.push((await fail(passkey, client)).code);
  return codes;
}

describe('options for signing in', () => {
  function ask(address: string): Promise<Answer> {
    const headers = { 'x-forwarded-for': address };
    return server.client().call('passkeys.authenticateOptions', undefined, { headers });
  }

  it('are issued 20 times a minute to one address, and again when the minute is over', async () => {
    const address = '203.0.113.1';
    for (let i = 0; i < 20; i += 1) expect((await ask(address)).status).toBe(200);
    now = new Date(now.getTime() + MINUTE_MS - 1);
    const refused = await ask(address);
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await ask('203.0.113.2')).status).toBe(200);
    now = new Date(now.getTime() + 1);
    expect((await ask(address)).status).toBe(200);
  });

  it('are counted for a whole IPv6 network of 64 bits', async () => {
    const answers: Answer[] = [];
    for (let i = 0; i < 21; i += 1) answers.push(await ask(`2001:db8:0:1::${i}`));
    expect(answers.at(-1)?.code).toBe('RATE_LIMITED');
    expect((await ask('2001:db8:0:2::1')).status).toBe(200);
  });

  it('are counted exactly, of any number at once', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask('203.0.113.3')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
  });
});

describe('failures of a passkey', () => {
  it('the tenth in a minute begins a pause of five minutes, for that passkey alone', async () => {
    const [paused, other] = [await newUserWithPasskey(), await newUserWithPasskey()];
    expect(await failTimes(10, paused.passkey)).toEqual(
      Array(10).fill('PASSKEY_VERIFICATION_FAILED'),
    );
    const right = await signInWithPasskey(server, paused.passkey);
    expect([right.status, right.code]).toEqual([429, 'RATE_LIMITED']);
    expect(right.headers.get('retry-after')).toBe('300');
    expect((await signInWithPasskey(server, other.passkey)).status).toBe(200);

    now = new Date(now.getTime() + 5 * MINUTE_MS - 1);
    expect((await signInWithPasskey(server, paused.passkey)).code).toBe('RATE_LIMITED');
    now = new Date(now.getTime() + 1);
    expect((await signInWithPasskey(server, paused.passkey)).status).toBe(200);
  });

  it('S22: by a stranger pause it neither on a known device, nor in its owner’s session, nor elsewhere', async () => {
    const { client: owner, passkey } = await newUserWithPasskey();
    const browser = server.client();
    expect((await signInWithPasskey(server, passkey, { client: browser })).status).toBe(200);
    await failTimes(10, passkey);
    expect((await fail(passkey)).code).toBe('RATE_LIMITED');

    expect((await signInWithPasskey(server, passkey, { client: browser })).status).toBe(200);
    const path = 'passkeys.reauthenticateOptions';
    const { challenge } = await requestChallenge(server, path, owner);
    await owner.expectSuccess('passkeys.reauthenticateVerify', {
      response: passkey.assert(challenge),
    });
    const { challenge: another } = await requestChallenge(server, 'passkeys.authenticateOptions');
    const input = { response: passkey.assert(another) };
    const headers = { 'x-forwarded-for': '203.0.113.50' };
    const elsewhere = server.client().call('passkeys.authenticateVerify', input, { headers });
    expect((await elsewhere).status).toBe(200);
    expect((await fail(passkey)).code).toBe('RATE_LIMITED');
  });

  it('on a known device pause it there', async () => {
    const { passkey } = await newUserWithPasskey();
    const browser = server.client();
    await signInWithPasskey(server, passkey, { client: browser });
    await failTimes(10, passkey, browser);
    expect((await fail(passkey, browser)).code).toBe('RATE_LIMITED');
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);
  });

  it('nine in a minute begin none, and no longer count when the minute is over', async () => {
    const { passkey } = await newUserWithPasskey();
    await failTimes(9, passkey);
    now = new Date(now.getTime() + MINUTE_MS);
    await failTimes(9, passkey);
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);
  });

  it('a success doesn’t count, and clears nothing', async () => {
    const { passkey } = await newUserWithPasskey();
    await failTimes(9, passkey);
    for (let i = 0; i < 5; i += 1) {
      expect((await signInWithPasskey(server, passkey)).status).toBe(200);
    }
    expect(await failTimes(2, passkey)).toEqual(['PASSKEY_VERIFICATION_FAILED', 'RATE_LIMITED']);
  });

  it('of 40 at once ten are verified', async () => {
    const { passkey } = await newUserWithPasskey();
    const challenges: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      challenges.push((await requestChallenge(server, 'passkeys.authenticateOptions')).challenge);
    }
    const answers = await Promise.all(
      challenges.map((challenge) =>
        server.client().call('passkeys.authenticateVerify', {
          response: passkey.assert(challenge, WRONG),
        }),
      ),
    );
    const judged = answers.filter(({ code }) => code === 'PASSKEY_VERIFICATION_FAILED');
    expect(judged).toHaveLength(10);
  });

  it('unknown credentials are not counted, so that made-up ones fill no store', async () => {
    const { passkey } = await newUserWithPasskey();
    const consumed: string[] = [];
    const { passkeyRateLimits } = server.deps;
    const consume = passkeyRateLimits.consume;
    passkeyRateLimits.consume = (key, ...rest) => {
      consumed.push(key);
      return consume(key, ...rest);
    };
    try {
      const stranger = createPasskey();
      for (let i = 0; i < 12; i += 1) {
        expect((await signInWithPasskey(server, stranger)).code).toBe(
          'PASSKEY_VERIFICATION_FAILED',
        );
      }
      expect(consumed).toEqual([]);
      await fail(passkey);
      expect(consumed).toHaveLength(1);
    } finally {
      passkeyRateLimits.consume = consume;
    }
  });

  it('many replays of a valid assertion at once don’t count as failures of the passkey', async () => {
    const { passkey } = await newUserWithPasskey();
    for (let round = 0; round < 3; round += 1) {
      const { challenge } = await requestChallenge(server, 'passkeys.authenticateOptions');
      const response = passkey.assert(challenge);
      await Promise.all(
        Array.from({ length: 9 }, () =>
          server.client().call('passkeys.authenticateVerify', { response }),
        ),
      );
    }
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);
  });

  it('S21: a used or late challenge doesn’t count as a failure of the passkey', async () => {
    const { passkey } = await newUserWithPasskey();
    const { challenge } = await requestChallenge(server, 'passkeys.authenticateOptions');
    const response = passkey.assert(challenge);
    for (let i = 0; i < 12; i += 1) {
      await server.client().call('passkeys.authenticateVerify', { response });
    }
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);
  });
});

describe('passkeys and the lockout of passwords', () => {
  const logIn = (email: string, password: string) =>
    server.client().call('auth.login', { email, password });

  it('S22: a passkey signs in to a locked account, and makes the browser known', async () => {
    const { email, passkey } = await newUserWithPasskey();
    for (let i = 0; i < 5; i += 1) await logIn(email, 'a wrong guess');
    expect((await logIn(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    const client = server.client();
    expect((await signInWithPasskey(server, passkey, { client })).status).toBe(200);
    // It doesn't lift the lock for anybody else, but this browser has a bucket of its own now.
    expect((await logIn(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    expect((await client.call('auth.login', { email, password: PASSWORD })).status).toBe(200);
  });

  it('a paused passkey doesn’t affect the password, and its failures count towards no lock', async () => {
    const { email, passkey } = await newUserWithPasskey();
    await failTimes(11, passkey);
    expect((await fail(passkey)).code).toBe('RATE_LIMITED');
    for (let i = 0; i < 4; i += 1) {
      expect((await logIn(email, 'a wrong guess')).code).toBe('INVALID_CREDENTIALS');
    }
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  it('wrong passwords count towards no pause of the passkey', async () => {
    const { email, passkey } = await newUserWithPasskey();
    await failTimes(9, passkey);
    for (let i = 0; i < 3; i += 1) await logIn(email, 'a wrong guess');
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);
  });
});
