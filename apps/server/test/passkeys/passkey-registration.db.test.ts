import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { insertPasskey, insertUserWithPasskey } from '../harness/insert-passkey.ts';
import { insertUser } from '../harness/insert-user.ts';
import {
  expectPasskeyRefused,
  requestChallenge,
  signInWithPasskey,
} from '../harness/passkey-sign-in.ts';
import { readEvents } from '../harness/read-events.ts';
import {
  AAGUID,
  type Ceremony,
  createPasskey,
  type RegistrationJson,
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

function requestOptions(client: ApiClient, input?: unknown) {
  return requestChallenge(server, 'passkeys.registerOptions', client, input);
}

describe('registering', () => {
  async function register(
    respond: (challenge: string) => RegistrationJson,
    { user, more = {} }: { user?: Awaited<ReturnType<typeof insertUser>>; more?: object } = {},
  ) {
    const owner = user ?? (await insertUser(server));
    const { challenge } = await requestOptions(owner.client, more);
    const input = { response: respond(challenge), ...more };
    return { owner, answer: await owner.client.call('passkeys.registerVerify', input) };
  }

  it('stores a passkey under the name of its authenticator, tells the owner, and it signs in', async () => {
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
    expect(await readEvents(server, owner.id)).toEqual(['PASSKEY_ADDED']);
    expect((await server.mailsTo(owner.email)).at(-1)?.subject).toContain('passkey was added');
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);
  });

  it('keeps the name that the user gives', async () => {
    const { answer } = await register((challenge) => createPasskey().attest(challenge), {
      more: { name: '  My phone ' },
    });
    expect(answer.data).toMatchObject({ passkey: { name: 'My phone' } });
  });

  it('gives each user one handle of their own, which reveals nothing about them', async () => {
    const [one, two] = [await insertUser(server), await insertUser(server)];
    const first = await requestOptions(one.client);
    const second = await requestOptions(one.client);
    const other = await requestOptions(two.client);
    expect(first.user.id).toBe(second.user.id);
    expect(first.user.id).not.toBe(other.user.id);
    expect(Buffer.from(first.user.id, 'base64url')).toHaveLength(32);
    expect(first.user.id).not.toContain(one.id);
  });

  it('asks for a discoverable passkey that verifies its user, and names those that exist', async () => {
    const user = await insertUserWithPasskey(server);
    expect(await requestOptions(user.client)).toMatchObject({
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

  it('accepts a conditional creation without the flags UP and UV, with a challenge of its own', async () => {
    const passkey = createPasskey();
    const nobodyAsked = { userPresent: false, userVerified: false };
    const attest = (challenge: string) => passkey.attest(challenge, nobodyAsked);
    const upgrade = await register(attest, { more: { conditional: true } });
    expect(upgrade.answer.status).toBe(200);
    // It still has to verify its user to sign in.
    expectPasskeyRefused(
      await signInWithPasskey(server, passkey, { ceremony: { userVerified: false } }),
    );
    expect((await signInWithPasskey(server, passkey)).status).toBe(200);

    const user = await insertUser(server);
    const { challenge } = await requestOptions(user.client);
    const response = createPasskey().attest(challenge, nobodyAsked);
    const answer = await user.client.call('passkeys.registerVerify', {
      response,
      conditional: true,
    });
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
  });

  it('S3: a credential belongs to the user who registered it first, and still signs them in', async () => {
    const passkey = createPasskey();
    const { owner } = await register((challenge) => passkey.attest(challenge));
    const { answer, owner: second } = await register((challenge) => passkey.attest(challenge));
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
    expect(answer.error?.message).toBe('That passkey is already registered.');
    expect(await second.client.expectSuccess('passkeys.list')).toMatchObject({ passkeys: [] });
    expect((await signInWithPasskey(server, passkey)).data).toMatchObject({
      user: { id: owner.id },
    });
  });

  it('S3: an id of 1023 bytes is accepted, and a longer one is refused', async () => {
    const longest = createPasskey({ idBytes: 1023 });
    expect((await register((challenge) => longest.attest(challenge))).answer.status).toBe(200);
    expect((await signInWithPasskey(server, longest)).status).toBe(200);
    const tooLong = createPasskey({ idBytes: 1024 });
    const { answer } = await register((challenge) => tooLong.attest(challenge));
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
    const { code } = await signInWithPasskey(server, tooLong);
    expect(code).toBe('VALIDATION');
  });

  it.each([16, 1024, 2000, 3000])(
    'S3: an id of %s bytes under the name of another is refused, and not kept',
    async (idBytes) => {
      const passkey = createPasskey({ idBytes });
      const { owner, answer } = await register((challenge) =>
        passkey.attest(challenge, { namedId: createPasskey().id }),
      );
      expect([answer.status, answer.code]).toEqual([401, 'PASSKEY_VERIFICATION_FAILED']);
      expect(await owner.client.expectSuccess('passkeys.list')).toMatchObject({ passkeys: [] });
    },
  );

  it('S5: of 50 replays at once of a registration, exactly one succeeds', async () => {
    const user = await insertUser(server);
    const { challenge } = await requestOptions(user.client);
    const response = createPasskey().attest(challenge);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => user.client.call('passkeys.registerVerify', { response })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // Whoever comes after the one that succeeds finds the session under a new token.
    const refusals = ['PASSKEY_VERIFICATION_FAILED', 'REAUTHENTICATION_REQUIRED'];
    for (const { code } of answers) expect([undefined, ...refusals]).toContain(code);
  });

  it('S5: a challenge is of no use to another user', async () => {
    const [issuedTo, thief] = [await insertUser(server), await insertUser(server)];
    const { challenge } = await requestOptions(issuedTo.client);
    const response = createPasskey().attest(challenge);
    const answer = await thief.client.call('passkeys.registerVerify', { response });
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
    // And is still valid for the user it was issued to.
    expect((await issuedTo.client.call('passkeys.registerVerify', { response })).status).toBe(200);
  });

  it('S5: a challenge is valid for five minutes, and a late one signs nobody out', async () => {
    const user = await insertUser(server);
    const { challenge } = await requestOptions(user.client);
    now = new Date(now.getTime() + FIVE_MINUTES_MS);
    const answer = await user.client.call('passkeys.registerVerify', {
      response: createPasskey().attest(challenge),
    });
    expect([answer.status, answer.code]).toEqual([401, 'PASSKEY_VERIFICATION_FAILED']);
    expect((await user.client.call('auth.profile')).status).toBe(200);
  });

  it('S8: changing the password ends a challenge', async () => {
    const user = await insertUser(server);
    const { challenge } = await requestOptions(user.client);
    await user.client.expectSuccess('auth.changePassword', {
      currentPassword: 'a quiet correct horse',
      newPassword: 'a louder correct horse',
    });
    const response = createPasskey().attest(challenge);
    const answer = await user.client.call('passkeys.registerVerify', { response });
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
  });

  it('an account can have fifty, also when the last two are added at once', async () => {
    const user = await insertUser(server);
    for (let i = 0; i < 49; i += 1) await insertPasskey(server, user);
    const answers = await Promise.all(
      [true, false].map(async (conditional) => {
        const input = { conditional };
        const { challenge } = await requestOptions(user.client, input);
        const response = createPasskey().attest(challenge);
        return user.client.call('passkeys.registerVerify', { response, conditional });
      }),
    );
    expect(answers.map(({ code }) => code ?? 'kept').toSorted()).toEqual(['VALIDATION', 'kept']);
    expect((await user.client.call('passkeys.registerOptions')).code).toBe('VALIDATION');
  });
});
