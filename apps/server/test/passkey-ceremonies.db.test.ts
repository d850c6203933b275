import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, ApiClient } from './harness/api-client.ts';
import { insertPasskey } from './harness/insert-passkey.ts';
import { insertSecondFactor } from './harness/insert-second-factor.ts';
import { insertUser } from './harness/insert-user.ts';
import { requestChallenge, signInWithPasskey } from './harness/passkey-sign-in.ts';
import {
  AAGUID,
  type AssertionJson,
  type Ceremony,
  createPasskey,
  type RegistrationJson,
  type SoftwarePasskey,
} from './harness/software-authenticator.ts';
import type { TestServer } from './harness/test-server.ts';
import { startTestServer } from './harness/test-server.ts';

const FIVE_MINUTES_MS = 5 * 60_000;

let server: TestServer;
let now = new Date();

beforeAll(async () => {
  server = await startTestServer({ now: () => now });
});
afterAll(() => server.close());

async function newUserWithPasskey() {
  const user = await insertUser(server);
  return { ...user, ...(await insertPasskey(server, user)) };
}

function optionsFor(
  path: 'passkeys.authenticateOptions' | 'passkeys.registerOptions',
  client?: ApiClient,
  input?: unknown,
) {
  return requestChallenge(server, path, client, input);
}

function signIn(passkey: SoftwarePasskey, ceremony: Ceremony = {}): Promise<Answer> {
  return signInWithPasskey(server, passkey, { ceremony });
}

function present(response: AssertionJson): Promise<Answer> {
  return server.client().call('passkeys.authenticateVerify', { response });
}

async function expectRefused(answer: Answer): Promise<void> {
  expect([answer.status, answer.code]).toEqual([401, 'PASSKEY_VERIFICATION_FAILED']);
  expect(answer.headers.getSetCookie()).toEqual([]);
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

async function eventsOf(userId: string): Promise<string[]> {
  await server.deps.securityEvents.drain();
  const rows = await server.owner
    .selectFrom('auth.security_events')
    .select('event_type')
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => row.event_type);
}

describe('registering', () => {
  async function register(
    respond: (challenge: string) => RegistrationJson,
    { user, more = {} }: { user?: Awaited<ReturnType<typeof insertUser>>; more?: object } = {},
  ) {
    const owner = user ?? (await insertUser(server));
    const { challenge } = await optionsFor('passkeys.registerOptions', owner.client, more);
    const input = { response: respond(challenge), ...more };
    return { owner, answer: await owner.client.call('passkeys.registerVerify', input) };
  }

  it('keeps a passkey under the name of its authenticator, tells the owner, and it signs in', async () => {
    const passkey = createPasskey();
    const { owner, answer } = await register((challenge) => passkey.attest(challenge));
    expect(answer.data).toEqual({
      passkey: {
        id: expect.any(String),
        credentialId: passkey.id,
        name: 'Apple Passwords',
        authenticatorName: 'Apple Passwords',
        aaguid: AAGUID,
        kind: 'synced',
        backedUp: true,
        transports: ['internal', 'hybrid'],
        createdAt: now,
        lastUsedAt: null,
      },
    });
    expect(await eventsOf(owner.id)).toEqual(['PASSKEY_ADDED']);
    expect(server.mailsTo(owner.email).at(-1)?.subject).toContain('passkey was added');
    expect((await signIn(passkey)).status).toBe(200);
  });

  it('keeps the name that the user gives', async () => {
    const { answer } = await register((challenge) => createPasskey().attest(challenge), {
      more: { name: '  My phone ' },
    });
    expect(answer.data).toMatchObject({ passkey: { name: 'My phone' } });
  });

  it('knows a user by the same handle each time, another by another, and no handle names anybody', async () => {
    const [one, two] = [await insertUser(server), await insertUser(server)];
    const first = await optionsFor('passkeys.registerOptions', one.client);
    const second = await optionsFor('passkeys.registerOptions', one.client);
    const other = await optionsFor('passkeys.registerOptions', two.client);
    expect(first.user.id).toBe(second.user.id);
    expect(first.user.id).not.toBe(other.user.id);
    expect(Buffer.from(first.user.id, 'base64url')).toHaveLength(32);
    expect(first.user.id).not.toContain(one.id);
  });

  it('asks for a passkey that names its user and verifies them, and names those that exist', async () => {
    const user = await newUserWithPasskey();
    expect(await optionsFor('passkeys.registerOptions', user.client)).toMatchObject({
      rp: { id: 'localhost', name: 'mana' },
      user: { name: user.email, displayName: 'Inserted' },
      excludeCredentials: [{ id: user.passkey.id, type: 'public-key' }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
  });

  const refused: Record<string, Ceremony> = {
    'S2: without the flag UV': { userVerified: false },
    'S2: without the flag UP': { userPresent: false },
    'S4: from a foreign origin': { origin: 'https://evil.example' },
    'S4: from our host on another port': { origin: 'http://localhost:3001' },
    'S4: for another relying party': { rpId: 'evil.example' },
    'S4: in a frame of another site': { clientData: { crossOrigin: true } },
    'S4: with a top origin': { clientData: { topOrigin: 'http://localhost:3000' } },
    'S5: for the other ceremony': { clientData: { type: 'webauthn.get' } },
    'S6: backed up without being eligible': { backupEligible: false, backedUp: true },
  };
  it.each(Object.entries(refused))('%s, it is refused', async (_name, ceremony) => {
    const { owner, answer } = await register((challenge) =>
      createPasskey().attest(challenge, ceremony),
    );
    expect([answer.status, answer.code]).toEqual([401, 'PASSKEY_VERIFICATION_FAILED']);
    expect(await owner.client.expectSuccess('passkeys.list')).toMatchObject({ passkeys: [] });
    // The session is another matter.
    expect((await owner.client.call('auth.profile')).status).toBe(200);
  });

  it('takes a conditional creation without the flags UP and UV, under a challenge of its own', async () => {
    const passkey = createPasskey();
    const nobodyAsked = { userPresent: false, userVerified: false };
    const attest = (challenge: string) => passkey.attest(challenge, nobodyAsked);
    const upgrade = await register(attest, { more: { conditional: true } });
    expect(upgrade.answer.status).toBe(200);
    // It still has to verify who signs in.
    await expectRefused(await signIn(passkey, { userVerified: false }));
    expect((await signIn(passkey)).status).toBe(200);

    const user = await insertUser(server);
    const { challenge } = await optionsFor('passkeys.registerOptions', user.client);
    const response = createPasskey().attest(challenge, nobodyAsked);
    const answer = await user.client.call('passkeys.registerVerify', {
      response,
      conditional: true,
    });
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
  });

  it('S3: a credential belongs to whoever registered it first, and goes on signing them in', async () => {
    const passkey = createPasskey();
    const { owner } = await register((challenge) => passkey.attest(challenge));
    const { answer, owner: second } = await register((challenge) => passkey.attest(challenge));
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
    expect(answer.error?.message).toBe('That passkey is registered already.');
    expect(await second.client.expectSuccess('passkeys.list')).toMatchObject({ passkeys: [] });
    expect((await signIn(passkey)).data).toMatchObject({ user: { id: owner.id } });
  });

  it('S3: an id of 1023 bytes is kept, and a longer one is refused', async () => {
    const longest = createPasskey({ idBytes: 1023 });
    expect((await register((challenge) => longest.attest(challenge))).answer.status).toBe(200);
    expect((await signIn(longest)).status).toBe(200);
    const tooLong = createPasskey({ idBytes: 1024 });
    const { answer } = await register((challenge) => tooLong.attest(challenge));
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
  });

  it('S5: of 50 replays at once of a registration, exactly one succeeds', async () => {
    const user = await insertUser(server);
    const { challenge } = await optionsFor('passkeys.registerOptions', user.client);
    const response = createPasskey().attest(challenge);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => user.client.call('passkeys.registerVerify', { response })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(
      new Set([undefined, 'PASSKEY_VERIFICATION_FAILED']),
    );
  });

  it('S5: a challenge is of no use to another user', async () => {
    const [issuedTo, thief] = [await insertUser(server), await insertUser(server)];
    const { challenge } = await optionsFor('passkeys.registerOptions', issuedTo.client);
    const response = createPasskey().attest(challenge);
    const answer = await thief.client.call('passkeys.registerVerify', { response });
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
    // And is still good for whom it was issued to.
    expect((await issuedTo.client.call('passkeys.registerVerify', { response })).status).toBe(200);
  });

  it('S5: a challenge is good for five minutes, and one that is late signs nobody out', async () => {
    const user = await insertUser(server);
    const { challenge } = await optionsFor('passkeys.registerOptions', user.client);
    now = new Date(now.getTime() + FIVE_MINUTES_MS);
    const answer = await user.client.call('passkeys.registerVerify', {
      response: createPasskey().attest(challenge),
    });
    expect([answer.status, answer.code]).toEqual([401, 'PASSKEY_VERIFICATION_FAILED']);
    expect((await user.client.call('auth.profile')).status).toBe(200);
  });

  it('S8: a challenge dies with a change of the password', async () => {
    const user = await insertUser(server);
    const { challenge } = await optionsFor('passkeys.registerOptions', user.client);
    await user.client.expectSuccess('auth.changePassword', {
      currentPassword: 'a quiet correct horse',
      newPassword: 'a louder correct horse',
    });
    const response = createPasskey().attest(challenge);
    const answer = await user.client.call('passkeys.registerVerify', { response });
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
  });

  it('an account keeps fifty, also when the last two are added at once', async () => {
    const user = await insertUser(server);
    for (let i = 0; i < 49; i += 1) await insertPasskey(server, user);
    const answers = await Promise.all(
      [true, false].map(async (conditional) => {
        const input = { conditional };
        const { challenge } = await optionsFor('passkeys.registerOptions', user.client, input);
        const response = createPasskey().attest(challenge);
        return user.client.call('passkeys.registerVerify', { response, conditional });
      }),
    );
    expect(answers.map(({ code }) => code ?? 'kept').toSorted()).toEqual(['VALIDATION', 'kept']);
    expect((await user.client.call('passkeys.registerOptions')).code).toBe('VALIDATION');
  });
});

describe('signing in', () => {
  it('answers as a password does: user, access token, session cookie, a known device', async () => {
    const user = await newUserWithPasskey();
    const client = server.client();
    const { challenge } = await optionsFor('passkeys.authenticateOptions', client);
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

  it('makes the session fresh, so that a passkey proves who somebody is', async () => {
    const user = await newUserWithPasskey();
    const client = server.client();
    const { challenge } = await optionsFor('passkeys.authenticateOptions', client);
    const response = user.passkey.assert(challenge);
    await client.expectSuccess('passkeys.authenticateVerify', { response });
    expect((await client.call('passkeys.registerOptions')).status).toBe(200);
  });

  it('asks for any passkey of ours with a challenge of 32 random bytes', async () => {
    const first = await optionsFor('passkeys.authenticateOptions');
    const second = await optionsFor('passkeys.authenticateOptions');
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

  it('S25: names nobody, whoever is asked for', async () => {
    const { email } = await newUserWithPasskey();
    for (const input of [undefined, { email }, { email: 'nobody@example.org' }]) {
      const options = await optionsFor('passkeys.authenticateOptions', server.client(), input);
      expect(options).toMatchObject({ allowCredentials: [] });
      expect(Object.keys(options)).toHaveLength(5);
    }
  });

  it('stands for both factors of an account with two', async () => {
    const user = await newUserWithPasskey();
    await server.owner
      .updateTable('auth.users')
      .set({ two_factor_enabled: true })
      .where('id', '=', user.id)
      .execute();
    expect((await signIn(user.passkey)).status).toBe(200);
  });

  it('wants a proven mailbox', async () => {
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
      const user = await newUserWithPasskey();
      const sessions = await countSessions(user.id);
      await expectRefused(await signIn(user.passkey, ceremony));
      expect(await countSessions(user.id)).toBe(sessions);
      expect(await eventsOf(user.id)).toEqual(['PASSKEY_LOGIN_FAILURE']);
      expect((await signIn(user.passkey)).status).toBe(200);
    },
  );

  it("S4: a page's Origin header from elsewhere is refused before the challenge is taken", async () => {
    const user = await newUserWithPasskey();
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    const response = user.passkey.assert(challenge);
    const headers = { origin: 'https://evil.example' };
    const answer = await server
      .client()
      .call('passkeys.authenticateVerify', { response }, { headers });
    expect([answer.status, answer.code]).toEqual([403, 'FORBIDDEN']);
    expect((await present(response)).status).toBe(200);
  });

  it('refuses a signature of another key, and parts that were exchanged', async () => {
    const [one, two] = [await newUserWithPasskey(), await newUserWithPasskey()];
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    const forged = { ...two.passkey.assert(challenge), id: one.passkey.id, rawId: one.passkey.id };
    await expectRefused(await present(forged));
    const second = await optionsFor('passkeys.authenticateOptions');
    const assertion = one.passkey.assert(second.challenge);
    await expectRefused(await present({ ...assertion, rawId: two.passkey.id }));
  });

  it('S5: of 50 replays at once of an assertion, exactly one succeeds', async () => {
    const user = await newUserWithPasskey();
    const sessions = await countSessions(user.id);
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    const assertion = user.passkey.assert(challenge);
    const answers = await Promise.all(Array.from({ length: 50 }, () => present(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await countSessions(user.id)).toBe(sessions + 1);
    await expectRefused(await present(assertion));
  });

  it('S5: a challenge that failed is used up', async () => {
    const user = await newUserWithPasskey();
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    await expectRefused(await present(user.passkey.assert(challenge, { userVerified: false })));
    await expectRefused(await present(user.passkey.assert(challenge)));
    const second = await optionsFor('passkeys.authenticateOptions');
    await expectRefused(await present(createPasskey().assert(second.challenge)));
    await expectRefused(await present(user.passkey.assert(second.challenge)));
  });

  it('S5: a challenge is good for five minutes', async () => {
    const user = await newUserWithPasskey();
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    const late = await optionsFor('passkeys.authenticateOptions');
    now = new Date(now.getTime() + FIVE_MINUTES_MS - 1);
    expect((await present(user.passkey.assert(challenge))).status).toBe(200);
    now = new Date(now.getTime() + 1);
    await expectRefused(await present(user.passkey.assert(late.challenge)));
  });

  it('S5: a challenge that was never issued, or for a registration, is none', async () => {
    const user = await newUserWithPasskey();
    await expectRefused(await present(user.passkey.assert('bmV2ZXIgaXNzdWVk')));
    const registration = await optionsFor('passkeys.registerOptions', user.client);
    await expectRefused(await present(user.passkey.assert(registration.challenge)));
  });

  it('S6: a counter that goes back, or stands still, is refused, recorded and told', async () => {
    const user = await newUserWithPasskey();
    expect((await signIn(user.passkey, { counter: 5 })).status).toBe(200);
    await expectRefused(await signIn(user.passkey, { counter: 4 }));
    await expectRefused(await signIn(user.passkey, { counter: 5 }));
    await expectRefused(await signIn(user.passkey, { counter: 0 }));
    expect(
      (await eventsOf(user.id)).filter((type) => type === 'PASSKEY_COUNTER_WENT_BACK'),
    ).toHaveLength(3);
    expect(server.mailsTo(user.email).at(-1)?.subject).toContain('may have been copied');
    expect((await signIn(user.passkey, { counter: 6 })).status).toBe(200);
    expect(await readPasskey(user.passkeyId)).toMatchObject({ counter: '6' });
  });

  it('S6: a counter that somebody else makes up is no news: only a right signature is', async () => {
    const user = await newUserWithPasskey();
    expect((await signIn(user.passkey, { counter: 5 })).status).toBe(200);
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    const stranger = createPasskey().assert(challenge, { counter: 1 });
    const { id } = user.passkey;
    await expectRefused(await present({ ...stranger, id, rawId: id }));
    expect(await eventsOf(user.id)).not.toContain('PASSKEY_COUNTER_WENT_BACK');
  });

  it('S6: of two assertions at once with one counter, one is taken', async () => {
    const user = await newUserWithPasskey();
    const challenges = await Promise.all(
      [1, 2].map(() => optionsFor('passkeys.authenticateOptions')),
    );
    const answers = await Promise.all(
      challenges.map(({ challenge }) => present(user.passkey.assert(challenge, { counter: 9 }))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  it('S6: counts up to the last number that a counter can have', async () => {
    const user = await newUserWithPasskey();
    expect((await signIn(user.passkey, { counter: 2 ** 32 - 1 })).status).toBe(200);
  });

  it('notes when a credential is backed up since', async () => {
    const user = await newUserWithPasskey();
    await signIn(user.passkey, { backedUp: false });
    expect(await readPasskey(user.passkeyId)).toMatchObject({ backed_up: false });
  });

  it('says when nobody has the credential, and only then, so that the browser can forget it', async () => {
    const unknown = await signIn(createPasskey());
    await expectRefused(unknown);
    expect(unknown.error?.data).toMatchObject({ unknownCredential: true });
    const { passkey } = await newUserWithPasskey();
    const wrong = await signIn(passkey, { userVerified: false });
    expect(wrong.error?.data).not.toHaveProperty('unknownCredential');
  });

  it.each([
    ['an empty id', { id: '', rawId: '' }],
    ['an id that is no base64url', { id: 'a+b/', rawId: 'a+b/' }],
    ['another type', { type: 'password' }],
    ['no response', { response: {} }],
  ])('%s is VALIDATION', async (_name, change) => {
    const { passkey } = await newUserWithPasskey();
    const { challenge } = await optionsFor('passkeys.authenticateOptions');
    const answer = await present({ ...passkey.assert(challenge), ...change } as AssertionJson);
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
  });

  it.each([
    ['no JSON', 'bm8ganNvbg'],
    ['JSON that is no object', Buffer.from('null').toString('base64url')],
    ['an object without a challenge', Buffer.from('{}').toString('base64url')],
  ])('client data that is %s is refused', async (_name, clientDataJSON) => {
    const { passkey } = await newUserWithPasskey();
    const assertion = passkey.assert('x');
    const response = { ...assertion.response, clientDataJSON };
    await expectRefused(await present({ ...assertion, response }));
  });

  it('ends for a user who is deleted', async () => {
    const user = await newUserWithPasskey();
    await user.client.expectSuccess('auth.deleteAccount');
    await expectRefused(await signIn(user.passkey));
  });
});

describe('with WEBAUTHN_USER_VERIFICATION=preferred', () => {
  let lenient: TestServer;
  beforeAll(async () => {
    lenient = await startTestServer({ environment: { WEBAUTHN_USER_VERIFICATION: 'preferred' } });
  });
  afterAll(() => lenient.close());

  it('S2: a passkey that verified nobody is one factor, and asks an account with two for the other', async () => {
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
});
