import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import type { InsertedPasskey } from '../harness/insert-passkey.ts';
import { insertPasskey, insertUserWithPasskey } from '../harness/insert-passkey.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import {
  expectPasskeyRefused,
  requestChallenge,
  signInWithPasskey,
} from '../harness/passkey-sign-in.ts';
import { readEvents } from '../harness/read-events.ts';
import {
  type AssertionJson,
  type Ceremony,
  createPasskey,
  type SoftwarePasskey,
} from '../harness/software-authenticator.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const MINUTE_MS = 60_000;
const VERIFY = 'passkeys.reauthenticateVerify';

type PasskeyUser = InsertedUser & InsertedPasskey;

let server: TestServer;
let now = new Date();

beforeAll(async () => {
  server = await startTestServer({ now: () => now });
});
afterAll(() => server.close());

/** Signed in too long ago for anything that affects the account's security. */
async function newStaleUser(): Promise<PasskeyUser> {
  const user = await insertUserWithPasskey(server);
  now = new Date(now.getTime() + 11 * MINUTE_MS);
  return user;
}

function requestOptions(client: ApiClient) {
  return requestChallenge(server, 'passkeys.reauthenticateOptions', client);
}

function present(client: ApiClient, response: AssertionJson): Promise<Answer> {
  return client.call(VERIFY, { response });
}

async function prove(
  { client, passkey }: Pick<PasskeyUser, 'client' | 'passkey'>,
  ceremony: Ceremony = {},
): Promise<Answer> {
  const { challenge } = await requestOptions(client);
  return present(client, passkey.assert(challenge, ceremony));
}

async function isFresh(client: ApiClient): Promise<boolean> {
  const answer = await client.call('passkeys.registerOptions');
  expect([200, 403]).toContain(answer.status);
  return answer.status === 200;
}

/** Refused, and the session is as stale as it was. */
async function expectNothingProven(client: ApiClient, answer: Answer): Promise<void> {
  expectPasskeyRefused(answer);
  expect(await isFresh(client)).toBe(false);
}

function readSessions({ id }: Pick<InsertedUser, 'id'>) {
  return server.owner
    .selectFrom('auth.sessions')
    .select(['id', 'authenticated_at'])
    .where('user_id', '=', id)
    .orderBy('created_at')
    .execute();
}

function readPasskeyUse({ passkeyId }: Pick<PasskeyUser, 'passkeyId'>) {
  return server.owner
    .selectFrom('auth.passkeys')
    .select(['counter', 'last_used_at'])
    .where('id', '=', passkeyId)
    .executeTakeFirst();
}

function endSession({ sessionId }: Pick<InsertedUser, 'sessionId'>) {
  return server.owner
    .updateTable('auth.sessions')
    .set({ revoked_at: now })
    .where('id', '=', sessionId)
    .execute();
}

/** Reauthenticates, with `meanwhile` between reading what the assertion is verified against and settling it. */
async function proveWhile(user: PasskeyUser, meanwhile: () => Promise<unknown>): Promise<Answer> {
  const { passkeyRateLimits } = server.deps;
  const consume = passkeyRateLimits.consume;
  passkeyRateLimits.consume = async (...taken) => {
    await meanwhile();
    return consume(...taken);
  };
  try {
    return await prove(user);
  } finally {
    passkeyRateLimits.consume = consume;
  }
}

describe('reauthenticating with a passkey', () => {
  it('makes this session fresh under a new token, and no other, and answers as the password does', async () => {
    const user = await newStaleUser();
    const other = await user.signIn();
    now = new Date(now.getTime() + 11 * MINUTE_MS);
    expect(await isFresh(user.client)).toBe(false);
    const answer = await prove(user);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().at(-1)).toMatch(/^mana\.session_token=\S+;.*HttpOnly/);
    expect(answer.headers.get('set-auth-token')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await isFresh(user.client)).toBe(true);
    expect(await isFresh(other.client)).toBe(false);
    const byPassword = await user.client.expectSuccess('auth.reauthenticate', {
      password: PASSWORD,
    });
    expect(Object.keys(answer.data as object)).toEqual(Object.keys(byPassword as object));
    expect(answer.data).toMatchObject({ user: { id: user.id } });
  });

  it('is recorded, and updates the passkey', async () => {
    const user = await newStaleUser();
    expect((await prove(user, { counter: 3 })).status).toBe(200);
    const attempts = await server.owner
      .selectFrom('auth.login_attempts')
      .select(['successful', 'method', 'attempted_at'])
      .where('email', '=', user.email)
      .execute();
    expect(attempts).toEqual([{ successful: true, method: 'passkey', attempted_at: now }]);
    expect(await readPasskeyUse(user)).toEqual({ counter: '3', last_used_at: now });
    expect(await readEvents(server, user.id)).toEqual([]);
  });

  it('lasts ten minutes, as with a password', async () => {
    const user = await newStaleUser();
    await prove(user);
    now = new Date(now.getTime() + 10 * MINUTE_MS);
    expect(await isFresh(user.client)).toBe(true);
    now = new Date(now.getTime() + 1);
    expect(await isFresh(user.client)).toBe(false);
  });

  it("names the caller's passkeys and nobody else's, with a challenge of 32 random bytes", async () => {
    const user = await newStaleUser();
    const second = await insertPasskey(server, user);
    await insertUserWithPasskey(server);
    const options = await requestOptions(user.client);
    expect(options).toEqual({
      challenge: expect.any(String),
      rpId: 'localhost',
      timeout: 5 * MINUTE_MS,
      allowCredentials: [user, second].map(({ passkey: { id } }) => ({
        id,
        type: 'public-key',
        transports: ['internal', 'hybrid'],
      })),
      userVerification: 'required',
    });
    expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32);
  });

  it('has no options without a passkey: an empty list would mean any', async () => {
    const { client } = await insertUser(server);
    const answer = await client.call('passkeys.reauthenticateOptions');
    expect([answer.status, answer.code]).toEqual([404, 'NOT_FOUND']);
    expect(answer.error?.data.auth.message).toContain('password');
  });

  it('issues options twenty times a minute to one address, together with those for signing in', async () => {
    const user = await newStaleUser();
    await server.deps.networkRateLimits.clear('passkey-options:127.0.0.1');
    const answers: Answer[] = [];
    for (let i = 0; i < 21; i += 1) {
      answers.push(await user.client.call('passkeys.reauthenticateOptions'));
    }
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.at(-1)?.code).toBe('RATE_LIMITED');
    expect((await server.client().call('passkeys.authenticateOptions')).code).toBe('RATE_LIMITED');
  });
});

describe('a failed reauthentication', () => {
  const refused: Record<string, Ceremony> = {
    'S2: without the flag UV': { userVerified: false },
    'S2: without the flag UP': { userPresent: false },
    'S4: from a foreign origin': { origin: 'https://evil.example' },
    'S4: for another relying party': { rpId: 'evil.example' },
    'S4: in a frame of another site': { clientData: { crossOrigin: true } },
    'S4: with a top origin': { clientData: { topOrigin: 'http://localhost:3000' } },
    'S5: for the other ceremony': { clientData: { type: 'webauthn.create' } },
    'S6: backed up without being eligible': { backupEligible: false, backedUp: true },
  };
  it.each(Object.entries(refused))('%s, it is refused and recorded', async (_name, ceremony) => {
    const user = await newStaleUser();
    await expectNothingProven(user.client, await prove(user, ceremony));
    expect(await readEvents(server, user.id)).toEqual(['PASSKEY_LOGIN_FAILURE']);
    expect((await prove(user)).status).toBe(200);
  });

  it("another user's passkey: refused, recorded of the caller, and the challenge is used up", async () => {
    const [user, stranger] = [await newStaleUser(), await insertUserWithPasskey(server)];
    now = new Date(now.getTime() + 11 * MINUTE_MS);
    const { challenge } = await requestOptions(user.client);
    const answer = await present(user.client, stranger.passkey.assert(challenge));
    await expectNothingProven(user.client, answer);
    expect(answer.error?.data).not.toHaveProperty('unknownCredential');
    expect(await isFresh(stranger.client)).toBe(false);
    await expectNothingProven(
      user.client,
      await present(user.client, user.passkey.assert(challenge)),
    );
    expect(await readEvents(server, stranger.id)).toEqual([]);
    expect(await readEvents(server, user.id)).toContain('PASSKEY_LOGIN_FAILURE');
    expect(await server.client().call('auth.profile')).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await user.client.expectSuccess('auth.profile')).toMatchObject({
      user: { id: user.id },
    });
  });

  it('refusals of a stranger’s passkey don’t pause it for its owner', async () => {
    const [user, stranger] = [await newStaleUser(), await insertUserWithPasskey(server)];
    for (let i = 0; i < 12; i += 1) {
      const tried = { client: user.client, passkey: stranger.passkey };
      expectPasskeyRefused(await prove(tried, { userVerified: false }));
    }
    expect((await signInWithPasskey(server, stranger.passkey)).status).toBe(200);
  });

  it('a passkey that was removed, which the browser may forget', async () => {
    const user = await newStaleUser();
    const answer = await prove({ client: user.client, passkey: createPasskey() });
    await expectNothingProven(user.client, answer);
    expect(answer.error?.data).toMatchObject({ unknownCredential: true });
  });

  it('a signature of another key under the id of the caller’s', async () => {
    const user = await newStaleUser();
    const { challenge } = await requestOptions(user.client);
    const { id } = user.passkey;
    const forged = { ...createPasskey().assert(challenge), id, rawId: id };
    await expectNothingProven(user.client, await present(user.client, forged));
  });

  it('an answer to the challenge of another session, of the same user or another', async () => {
    const user = await newStaleUser();
    const [ownOther, stranger] = [await user.signIn(), await insertUserWithPasskey(server)];
    now = new Date(now.getTime() + 11 * MINUTE_MS);
    const { challenge } = await requestOptions(user.client);
    const response = user.passkey.assert(challenge);
    await expectNothingProven(ownOther.client, await present(ownOther.client, response));
    await expectNothingProven(stranger.client, await present(stranger.client, response));
    const theirs = stranger.passkey.assert(challenge);
    await expectNothingProven(stranger.client, await present(stranger.client, theirs));
    // Nor do they use it up for its own session.
    expect((await present(user.client, response)).status).toBe(200);
    expect(await isFresh(ownOther.client)).toBe(false);
  });

  it('S5: of 50 replays at once exactly one succeeds, and a late one doesn’t', async () => {
    const user = await newStaleUser();
    const { challenge } = await requestOptions(user.client);
    const response = user.passkey.assert(challenge);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => present(user.client, response)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    now = new Date(now.getTime() + 11 * MINUTE_MS);
    await expectNothingProven(user.client, await present(user.client, response));
  });

  it('S5: a challenge is valid for five minutes', async () => {
    const user = await newStaleUser();
    const [inTime, late] = [await requestOptions(user.client), await requestOptions(user.client)];
    now = new Date(now.getTime() + 5 * MINUTE_MS);
    const answer = await present(user.client, user.passkey.assert(late.challenge));
    await expectNothingProven(user.client, answer);
    now = new Date(now.getTime() - 1);
    const response = user.passkey.assert(inTime.challenge);
    expect((await present(user.client, response)).status).toBe(200);
  });

  it('S8: an answer to a challenge for signing in, or for a registration', async () => {
    const user = await insertUserWithPasskey(server);
    const registration = await requestChallenge(server, 'passkeys.registerOptions', user.client);
    now = new Date(now.getTime() + 2 * MINUTE_MS);
    await server.owner
      .updateTable('auth.sessions')
      .set({ authenticated_at: new Date(now.getTime() - 11 * MINUTE_MS) })
      .where('id', '=', user.sessionId)
      .execute();
    const signIn = await requestChallenge(server, 'passkeys.authenticateOptions', user.client);
    for (const { challenge } of [signIn, registration]) {
      const answer = await present(user.client, user.passkey.assert(challenge));
      await expectNothingProven(user.client, answer);
    }
    expect(
      await server.client().call('passkeys.authenticateVerify', {
        response: user.passkey.assert(signIn.challenge),
      }),
    ).toMatchObject({ status: 200 });
  });

  it('S8: its challenge signs nobody in, and registers nothing', async () => {
    const user = await insertUserWithPasskey(server);
    const { challenge } = await requestOptions(user.client);
    const response = user.passkey.assert(challenge);
    for (const client of [server.client(), user.client]) {
      expectPasskeyRefused(await client.call('passkeys.authenticateVerify', { response }));
    }
    for (const conditional of [false, true]) {
      const attestation = { response: createPasskey().attest(challenge), conditional };
      expectPasskeyRefused(await user.client.call('passkeys.registerVerify', attestation));
    }
    expect((await present(user.client, response)).status).toBe(200);
  });

  it('S8: changing the password ends its challenge', async () => {
    const user = await insertUserWithPasskey(server);
    const { challenge } = await requestOptions(user.client);
    await user.client.expectSuccess('auth.changePassword', {
      currentPassword: PASSWORD,
      newPassword: 'another quiet horse',
    });
    expectPasskeyRefused(await present(user.client, user.passkey.assert(challenge)));
  });

  it('a session that has ended: TOKEN_EXPIRED', async () => {
    const user = await newStaleUser();
    const { challenge } = await requestOptions(user.client);
    await endSession(user);
    const ended = await present(user.client, user.passkey.assert(challenge));
    expect([ended.status, ended.code]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('a session that ends while the passkey is verified: TOKEN_EXPIRED, and nothing is written', async () => {
    const user = await newStaleUser();
    const answer = await proveWhile(user, () => endSession(user));
    expect([answer.status, answer.code]).toEqual([401, 'TOKEN_EXPIRED']);
    const [before] = await readSessions(user);
    expect(before?.authenticated_at).toEqual(new Date(now.getTime() - 11 * MINUTE_MS));
    expect(await readPasskeyUse(user)).toEqual({ counter: '0', last_used_at: null });
  });

  it('a passkey that is removed while it is verified', async () => {
    const user = await newStaleUser();
    const answer = await proveWhile(user, () =>
      server.owner.deleteFrom('auth.passkeys').where('id', '=', user.passkeyId).execute(),
    );
    await expectNothingProven(user.client, answer);
  });

  it('S6: a counter that goes back or stays the same, which is reported', async () => {
    const user = await newStaleUser();
    expect(
      (await signInWithPasskey(server, user.passkey, { ceremony: { counter: 5 } })).status,
    ).toBe(200);
    for (const counter of [4, 5, 0]) {
      await expectNothingProven(user.client, await prove(user, { counter }));
    }
    expect(
      (await readEvents(server, user.id)).filter((type) => type === 'PASSKEY_COUNTER_WENT_BACK'),
    ).toHaveLength(3);
    expect((await server.mailsTo(user.email)).at(-1)?.subject).toContain('may have been copied');
    expect((await prove(user, { counter: 6 })).status).toBe(200);
  });

  it('S6: of two assertions at once with the same counter, one is accepted', async () => {
    const user = await newStaleUser();
    const [one, two] = [await requestOptions(user.client), await requestOptions(user.client)];
    const answers = await Promise.all(
      [one, two].map(({ challenge }) =>
        present(user.client, user.passkey.assert(challenge, { counter: 9 })),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  it('a passkey that has failed ten times in a minute in this session, however often it failed elsewhere', async () => {
    const user = await newStaleUser();
    for (let i = 0; i < 10; i += 1) {
      expectPasskeyRefused(await prove(user, { userVerified: false }));
    }
    expect((await prove(user)).code).toBe('RATE_LIMITED');
    expect((await signInWithPasskey(server, user.passkey)).status).toBe(200);
    // The password is another way.
    await user.client.expectSuccess('auth.reauthenticate', { password: PASSWORD });
  });
});

describe('with WEBAUTHN_USER_VERIFICATION=preferred', () => {
  let lenient: TestServer;
  let user: InsertedUser;
  let passkey: SoftwarePasskey;
  beforeAll(async () => {
    lenient = await startTestServer({
      environment: { WEBAUTHN_USER_VERIFICATION: 'preferred' },
      now: () => now,
    });
  });
  beforeEach(async () => {
    user = await insertUser(lenient);
    ({ passkey } = await insertPasskey(lenient, user));
  });
  afterAll(() => lenient.close());

  async function attempt(userVerified: boolean) {
    const options = (await user.client.expectSuccess('passkeys.reauthenticateOptions')) as {
      challenge: string;
      userVerification: string;
    };
    const response = passkey.assert(options.challenge, { userVerified });
    const { status, code } = await user.client.call(VERIFY, { response });
    return { asked: options.userVerification, status, code };
  }

  it('S2: presence is enough for an account with one factor', async () => {
    expect(await attempt(false)).toMatchObject({ asked: 'preferred', status: 200 });
  });

  it('S2: an account with a second factor requires user verification, and the browser is told', async () => {
    await insertSecondFactor(lenient, user);
    expect(await attempt(false)).toEqual({
      asked: 'required',
      status: 401,
      code: 'PASSKEY_VERIFICATION_FAILED',
    });
    expect(await attempt(true)).toMatchObject({ asked: 'required', status: 200 });
  });
});
