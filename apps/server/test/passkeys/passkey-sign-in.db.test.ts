import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from '../harness/api-client.ts';
import { insertPasskey, insertUserWithPasskey } from '../harness/insert-passkey.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
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
import { startTestServer } from '../harness/test-server.ts';

const FIVE_MINUTES_MS = 5 * 60_000;

let server: TestServer;
let now = new Date();

beforeAll(async () => {
  server = await startTestServer({ now: () => now });
});
afterAll(() => server.close());

function requestOptions(client?: ApiClient, input?: unknown) {
  return requestChallenge(server, 'passkeys.authenticateOptions', client, input);
}

function signIn(passkey: SoftwarePasskey, ceremony: Ceremony = {}): Promise<Answer> {
  return signInWithPasskey(server, passkey, { ceremony });
}

function present(response: AssertionJson): Promise<Answer> {
  return server.client().call('passkeys.authenticateVerify', { response });
}

async function countSessions(userId: string): Promise<number> {
  const rows = await server.owner
    .selectFrom('auth.sessions')
    .select('id')
    .where('user_id', '=', userId)
    .execute();
  return rows.length;
}

async function readPasskey(passkeyId: string) {
  return server.owner
    .selectFrom('auth.passkeys')
    .selectAll()
    .where('id', '=', passkeyId)
    .executeTakeFirstOrThrow();
}

describe('signing in', () => {
  it('answers as a password does: user, access token, session cookie, a known device', async () => {
    const user = await insertUserWithPasskey(server);
    const client = server.client();
    const { challenge } = await requestOptions(client);
    const answer = await client.call('passkeys.authenticateVerify', {
      response: user.passkey.assert(challenge),
    });
    const byPassword = await server.client().call('auth.login', {
      email: user.email,
      password: 'a quiet correct horse',
    });
    expect(Object.keys(answer.data as object)).toEqual(Object.keys(byPassword.data as object));
    expect(answer.data).toMatchObject({ user: { id: user.id }, accessToken: expect.any(String) });
    expect([...client.cookies.keys()].toSorted()).toEqual(['mana.device', 'mana.session_token']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await client.expectSuccess('auth.profile')).toMatchObject({ user: { id: user.id } });
    expect(await readPasskey(user.passkeyId)).toMatchObject({ last_used_at: now, counter: '0' });
    const attempts = await server.owner
      .selectFrom('auth.login_attempts')
      .select(['successful', 'method'])
      .where('email', '=', user.email)
      .orderBy('id')
      .execute();
    expect(attempts[0]).toEqual({ successful: true, method: 'passkey' });
  });

  it('makes the session fresh, as a password does', async () => {
    const user = await insertUserWithPasskey(server);
    const client = server.client();
    const { challenge } = await requestOptions(client);
    const response = user.passkey.assert(challenge);
    await client.expectSuccess('passkeys.authenticateVerify', { response });
    expect((await client.call('passkeys.registerOptions')).status).toBe(200);
  });

  it('asks for any passkey of ours with a challenge of 32 random bytes', async () => {
    const first = await requestOptions();
    const second = await requestOptions();
    expect(first).toEqual({
      challenge: expect.any(String),
      rpId: 'localhost',
      timeout: FIVE_MINUTES_MS,
      allowCredentials: [],
      userVerification: 'required',
    });
    expect(Buffer.from(first.challenge, 'base64url')).toHaveLength(32);
    expect(first.challenge).not.toBe(second.challenge);
  });

  it('S25: names nobody, no matter who is asked for', async () => {
    const { email } = await insertUserWithPasskey(server);
    for (const input of [undefined, { email }, { email: 'nobody@example.org' }]) {
      const options = await requestOptions(server.client(), input);
      expect(options).toMatchObject({ allowCredentials: [] });
      expect(Object.keys(options)).toHaveLength(5);
    }
  });

  it('counts as both factors of an account with two', async () => {
    const user = await insertUserWithPasskey(server);
    await server.owner
      .updateTable('auth.users')
      .set({ two_factor_enabled: true })
      .where('id', '=', user.id)
      .execute();
    expect((await signIn(user.passkey)).status).toBe(200);
  });

  it('requires a verified address', async () => {
    const user = await insertUser(server, { emailVerified: false });
    const { passkey } = await insertPasskey(server, user);
    expect((await signIn(passkey)).code).toBe('EMAIL_NOT_VERIFIED');
  });

  const refused: Record<string, Ceremony> = {
    'S2: without the flag UV': { userVerified: false },
    'S2: without the flag UP': { userPresent: false },
    'S4: from a foreign origin': { origin: 'https://evil.example' },
    'S4: for another relying party': { rpId: 'evil.example' },
    'S4: in a frame of another site': { clientData: { crossOrigin: true } },
    'S4: with a top origin': { clientData: { topOrigin: 'http://localhost:3000' } },
    'S4: with a crossOrigin that is no boolean': { clientData: { crossOrigin: 'yes' } },
    'S5: for the other ceremony': { clientData: { type: 'webauthn.create' } },
    'S6: backed up without being eligible': { backupEligible: false, backedUp: true },
    'S6: as another kind of credential': { backupEligible: false, backedUp: false },
  };
  it.each(Object.entries(refused))(
    '%s, it is refused, and no session is left',
    async (_, ceremony) => {
      const user = await insertUserWithPasskey(server);
      const sessions = await countSessions(user.id);
      expectPasskeyRefused(await signIn(user.passkey, ceremony));
      expect(await countSessions(user.id)).toBe(sessions);
      expect(await readEvents(server, user.id)).toEqual(['PASSKEY_LOGIN_FAILURE']);
      expect((await signIn(user.passkey)).status).toBe(200);
    },
  );

  it("S4: a page's Origin header from elsewhere is refused before the challenge is taken", async () => {
    const user = await insertUserWithPasskey(server);
    const { challenge } = await requestOptions();
    const response = user.passkey.assert(challenge);
    const headers = { origin: 'https://evil.example' };
    const answer = await server
      .client()
      .call('passkeys.authenticateVerify', { response }, { headers });
    expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
    expect((await present(response)).status).toBe(200);
  });

  it('refuses a signature of another key, and parts that were swapped', async () => {
    const [one, two] = [await insertUserWithPasskey(server), await insertUserWithPasskey(server)];
    const { challenge } = await requestOptions();
    const forged = { ...two.passkey.assert(challenge), id: one.passkey.id, rawId: one.passkey.id };
    expectPasskeyRefused(await present(forged));
    const second = await requestOptions();
    const assertion = one.passkey.assert(second.challenge);
    expectPasskeyRefused(await present({ ...assertion, rawId: two.passkey.id }));
  });

  it('S5: of 50 replays at once of an assertion, exactly one succeeds', async () => {
    const user = await insertUserWithPasskey(server);
    const sessions = await countSessions(user.id);
    const { challenge } = await requestOptions();
    const assertion = user.passkey.assert(challenge);
    const answers = await Promise.all(Array.from({ length: 50 }, () => present(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await countSessions(user.id)).toBe(sessions + 1);
    expectPasskeyRefused(await present(assertion));
  });

  it('S5: a challenge that failed is used up', async () => {
    const user = await insertUserWithPasskey(server);
    const { challenge } = await requestOptions();
    expectPasskeyRefused(await present(user.passkey.assert(challenge, { userVerified: false })));
    expectPasskeyRefused(await present(user.passkey.assert(challenge)));
    const second = await requestOptions();
    expectPasskeyRefused(await present(createPasskey().assert(second.challenge)));
    expectPasskeyRefused(await present(user.passkey.assert(second.challenge)));
  });

  it('S5: a challenge is valid for five minutes', async () => {
    const user = await insertUserWithPasskey(server);
    const { challenge } = await requestOptions();
    const late = await requestOptions();
    now = new Date(now.getTime() + FIVE_MINUTES_MS - 1);
    expect((await present(user.passkey.assert(challenge))).status).toBe(200);
    now = new Date(now.getTime() + 1);
    expectPasskeyRefused(await present(user.passkey.assert(late.challenge)));
  });

  it('S5: a challenge that was never issued, or was issued for a registration, is refused', async () => {
    const user = await insertUserWithPasskey(server);
    expectPasskeyRefused(await present(user.passkey.assert('bmV2ZXIgaXNzdWVk')));
    const registration = await requestChallenge(server, 'passkeys.registerOptions', user.client);
    expectPasskeyRefused(await present(user.passkey.assert(registration.challenge)));
  });

  it('S6: a counter that goes back or stays the same is refused, recorded and reported', async () => {
    const user = await insertUserWithPasskey(server);
    expect((await signIn(user.passkey, { counter: 5 })).status).toBe(200);
    expectPasskeyRefused(await signIn(user.passkey, { counter: 4 }));
    expectPasskeyRefused(await signIn(user.passkey, { counter: 5 }));
    expectPasskeyRefused(await signIn(user.passkey, { counter: 0 }));
    expect(
      (await readEvents(server, user.id)).filter((type) => type === 'PASSKEY_COUNTER_WENT_BACK'),
    ).toHaveLength(3);
    expect((await server.mailsTo(user.email)).at(-1)?.subject).toContain('may have been copied');
    expect((await signIn(user.passkey, { counter: 6 })).status).toBe(200);
    expect(await readPasskey(user.passkeyId)).toMatchObject({ counter: '6' });
  });

  it('S6: a made-up counter is not reported: only one with a valid signature is', async () => {
    const user = await insertUserWithPasskey(server);
    expect((await signIn(user.passkey, { counter: 5 })).status).toBe(200);
    const { challenge } = await requestOptions();
    const stranger = createPasskey().assert(challenge, { counter: 1 });
    const { id } = user.passkey;
    expectPasskeyRefused(await present({ ...stranger, id, rawId: id }));
    expect(await readEvents(server, user.id)).not.toContain('PASSKEY_COUNTER_WENT_BACK');
  });

  it('S6: of two assertions at once with the same counter, one is accepted', async () => {
    const user = await insertUserWithPasskey(server);
    const challenges = await Promise.all([1, 2].map(() => requestOptions()));
    const answers = await Promise.all(
      challenges.map(({ challenge }) => present(user.passkey.assert(challenge, { counter: 9 }))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  it('S6: counts up to the largest number that a counter can have', async () => {
    const user = await insertUserWithPasskey(server);
    expect((await signIn(user.passkey, { counter: 2 ** 32 - 1 })).status).toBe(200);
  });

  it('notes that a credential has been backed up since', async () => {
    const user = await insertUserWithPasskey(server);
    await signIn(user.passkey, { backedUp: false });
    expect(await readPasskey(user.passkeyId)).toMatchObject({ backed_up: false });
  });

  it('says that nobody has the credential, and only then, so that the browser can forget it', async () => {
    const unknown = await signIn(createPasskey());
    expectPasskeyRefused(unknown);
    expect(unknown.error?.data).toMatchObject({ unknownCredential: true });
    const { passkey } = await insertUserWithPasskey(server);
    const wrong = await signIn(passkey, { userVerified: false });
    expect(wrong.error?.data).not.toHaveProperty('unknownCredential');
  });

  it.each([
    ['an empty id', { id: '', rawId: '' }],
    ['an id that is no base64url', { id: 'a+b/', rawId: 'a+b/' }],
    ['another type', { type: 'password' }],
    ['no response', { response: {} }],
  ])('%s is VALIDATION', async (_name, change) => {
    const { passkey } = await insertUserWithPasskey(server);
    const { challenge } = await requestOptions();
    const answer = await present({ ...passkey.assert(challenge), ...change } as AssertionJson);
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
  });

  it.each([
    ['no JSON', 'bm8ganNvbg'],
    ['JSON that is no object', Buffer.from('null').toString('base64url')],
    ['an object without a challenge', Buffer.from('{}').toString('base64url')],
  ])('client data that is %s is refused', async (_name, clientDataJSON) => {
    const { passkey } = await insertUserWithPasskey(server);
    const assertion = passkey.assert('x');
    const response = { ...assertion.response, clientDataJSON };
    expectPasskeyRefused(await present({ ...assertion, response }));
  });

  it('no longer works for a deleted user', async () => {
    const user = await insertUserWithPasskey(server);
    await user.client.expectSuccess('auth.deleteAccount');
    expectPasskeyRefused(await signIn(user.passkey));
  });
});

describe('with WEBAUTHN_USER_VERIFICATION=preferred', () => {
  let lenient: TestServer;
  beforeAll(async () => {
    lenient = await startTestServer({ environment: { WEBAUTHN_USER_VERIFICATION: 'preferred' } });
  });
  afterAll(() => lenient.close());

  it('S2: a passkey that hasn’t verified its user is one factor, and an account with two is asked for the other', async () => {
    const user = await insertUser(lenient);
    const { passkey } = await insertPasskey(lenient, user);
    const attempt = async () => {
      const client = lenient.client();
      const options = (await client.expectSuccess('passkeys.authenticateOptions')) as {
        challenge: string;
        userVerification: string;
      };
      expect(options.userVerification).toBe('preferred');
      const response = passkey.assert(options.challenge, { userVerified: false });
      return client.call('passkeys.authenticateVerify', { response });
    };
    expect((await attempt()).status).toBe(200);
    await insertSecondFactor(lenient, user);
    const answer = await attempt();
    expect([answer.code, answer.error?.data.twoFactor?.methods]).toEqual([
      'TWO_FACTOR_REQUIRED',
      ['totp', 'backupCode'],
    ]);
  });

  it.each([
    ['TWO_FACTOR_REQUIRED', { emailVerified: true }],
    ['EMAIL_NOT_VERIFIED', { emailVerified: false }],
  ])(
    'S5, S6: of 5 replays at once of an assertion that is answered %s, one is',
    async (code, state) => {
      const user = await insertUser(lenient, state);
      const { passkey, passkeyId } = await insertPasskey(lenient, user);
      await insertSecondFactor(lenient, user);
      const client = lenient.client();
      const options = await client.expectSuccess('passkeys.authenticateOptions');
      const { challenge } = options as { challenge: string };
      const response = passkey.assert(challenge, { userVerified: false, counter: 7 });
      const replay = () => lenient.client().call('passkeys.authenticateVerify', { response });
      const codes = (await Promise.all(Array.from({ length: 5 }, replay))).map(({ code }) => code);
      expect(codes.filter((one) => one === code)).toHaveLength(1);
      expect(new Set([...codes, (await replay()).code])).toEqual(
        new Set([code, 'PASSKEY_VERIFICATION_FAILED']),
      );
      const stored = await lenient.owner
        .selectFrom('auth.passkeys')
        .select('counter')
        .where('id', '=', passkeyId)
        .executeTakeFirst();
      expect(Number(stored?.counter)).toBe(7);
    },
  );
});
