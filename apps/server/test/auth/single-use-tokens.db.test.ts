import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenPurpose } from '../../src/domains/auth/tokens/single-use-tokens.service.ts';
import { issueToken } from '../../src/domains/auth/tokens/single-use-tokens.service.ts';
import type { Answer } from '../harness/api-client.ts';
import type { InsertedSecondFactor } from '../harness/insert-second-factor.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import type { InsertedUser } from '../harness/insert-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const NEW_PASSWORD = 'a new and louder horse';

type Subject = InsertedUser & InsertedSecondFactor;

/** The endpoints that take each purpose; a new purpose without a line doesn't compile. */
const endpointsOf: Record<TokenPurpose, readonly Endpoint[]> = {
  'email-verification': ['auth.verifyEmail', 'auth.declineSignUp'],
  'email-change': ['auth.verifyEmail'],
  'email-change-undo': ['auth.undoEmailChange'],
  'password-reset': ['auth.resetPassword'],
  unlock: ['auth.unlock'],
  'two-factor': ['auth.twoFactor.verifyTotp', 'auth.twoFactor.verifyBackupCode'],
  // Challenges of a ceremony, which needs a signed-in caller and an authenticator:
  // passkey-registration.db.test.ts and passkey-reauthentication.db.test.ts.
  'passkey-registration': [],
  'passkey-upgrade': [],
  'passkey-reauthentication': [],
};

type Endpoint =
  | 'auth.verifyEmail'
  | 'auth.declineSignUp'
  | 'auth.undoEmailChange'
  | 'auth.resetPassword'
  | 'auth.unlock'
  | 'auth.twoFactor.verifyTotp'
  | 'auth.twoFactor.verifyBackupCode';

const endpoints: Record<Endpoint, (token: string, subject: Subject) => unknown> = {
  'auth.verifyEmail': (token) => ({ token, password: PASSWORD }),
  'auth.declineSignUp': (token) => ({ token }),
  'auth.undoEmailChange': (token) => ({ token }),
  'auth.resetPassword': (token) => ({ token, newPassword: NEW_PASSWORD }),
  'auth.unlock': (token) => ({ token }),
  'auth.twoFactor.verifyTotp': (challenge, { code }) => ({ challenge, code: code() }),
  'auth.twoFactor.verifyBackupCode': (challenge, { backupCodes }) => ({
    challenge,
    code: backupCodes[0],
  }),
};

const purposes = Object.keys(endpointsOf) as TokenPurpose[];
const endpointNames = Object.keys(endpoints) as Endpoint[];

describe('single-use tokens', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  async function newSubject(): Promise<Subject> {
    const user = await insertUser(server);
    return { ...user, ...(await insertSecondFactor(server, user)) };
  }

  function issue(purpose: TokenPurpose, { id: userId, email }: InsertedUser): Promise<string> {
    const newEmail = purpose === 'email-change' ? { newEmail: freshEmail() } : {};
    return issueToken(
      server.owner,
      { purpose, userId, email, ...newEmail },
      { from: new Date(), ttlSeconds: 600 },
    );
  }

  function present(endpoint: Endpoint, token: string, subject: Subject): Promise<Answer> {
    // A change of address requires its account's session.
    const client = endpoint === 'auth.verifyEmail' ? subject.client : server.client();
    return client.call(endpoint, endpoints[endpoint](token, subject));
  }

  const redemptions = purposes.flatMap((purpose) =>
    endpointsOf[purpose].map((endpoint) => ({ purpose, endpoint })),
  );

  it.each(redemptions)(
    'S7: of 50 simultaneous redemptions of a token for $purpose by $endpoint, exactly one succeeds',
    async ({ purpose, endpoint }) => {
      const subject = await newSubject();
      const token = await issue(purpose, subject);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => present(endpoint, token, subject)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect((await present(endpoint, token, subject)).code).toBeOneOf([
        'TOKEN_INVALID',
        // The refused codes have locked the account.
        'ACCOUNT_LOCKED',
      ]);
    },
  );

  const strangers = purposes.flatMap((purpose) =>
    endpointNames
      .filter((endpoint) => !endpointsOf[purpose].includes(endpoint))
      .map((endpoint) => ({ purpose, endpoint })),
  );

  it.each(strangers)('S8: $endpoint accepts no token for $purpose', async (stranger) => {
    const subject = await newSubject();
    const token = await issue(stranger.purpose, subject);
    const answer = await present(stranger.endpoint, token, subject);
    expect([answer.status, answer.code]).toEqual([400, 'TOKEN_INVALID']);
    // And it is still good for its own purpose.
    for (const endpoint of endpointsOf[stranger.purpose].slice(0, 1)) {
      expect((await present(endpoint, token, subject)).status).toBe(200);
    }
  });

  it.each(purposes)(
    'S8: a token for %s is neither a session nor an access token',
    async (purpose) => {
      const token = await issue(purpose, await newSubject());
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { cookie: `mana.session_token=${token}` },
        { cookie: `mana.device=${token}` },
      ]) {
        expect((await server.client().call('auth.profile', undefined, { headers })).code).toBe(
          'UNAUTHORIZED',
        );
      }
      expect(await server.client().expectSuccess('auth.validate', { token })).toEqual({
        valid: false,
      });
    },
  );

  it('S8: a session token or an access token is none of them', async () => {
    const subject = await newSubject();
    const session = decodeURIComponent(subject.client.cookies.get('mana.session_token') ?? '');
    const { accessToken } = (await subject.client.expectSuccess('auth.sessionToToken')) as {
      accessToken: string;
    };
    for (const token of [session, session.split('.')[0] ?? '', accessToken]) {
      for (const endpoint of endpointNames) {
        const answer = await present(endpoint, token, subject);
        expect([endpoint, answer.code]).toEqual([endpoint, 'TOKEN_INVALID']);
      }
    }
  });

  const changes: Record<string, (subject: Subject) => Promise<unknown>> = {
    'a password change': ({ client }) =>
      client.expectSuccess('auth.changePassword', {
        currentPassword: PASSWORD,
        newPassword: NEW_PASSWORD,
      }),
    'a password reset': async (subject) =>
      server.client().expectSuccess('auth.resetPassword', {
        token: await issue('password-reset', subject),
        newPassword: NEW_PASSWORD,
      }),
    'a change of address': async (subject) =>
      subject.client.expectSuccess('auth.verifyEmail', {
        token: await issue('email-change', subject),
      }),
    'the undoing of a change of address': async (subject) =>
      server.client().expectSuccess('auth.undoEmailChange', {
        token: await issue('email-change-undo', subject),
      }),
    'the deletion of the account': ({ client }) => client.expectSuccess('auth.deleteAccount'),
  };

  it.each(Object.keys(changes))('S8: all that a change may end do with %s', async (change) => {
    const subject = await newSubject();
    // That one is against whoever changes things: see email-change-undo.db.test.ts.
    const ended = purposes.filter((purpose) => purpose !== 'email-change-undo');
    const tokens = await Promise.all(ended.map((purpose) => issue(purpose, subject)));
    await changes[change]?.(subject);
    for (const [i, purpose] of ended.entries()) {
      for (const endpoint of endpointsOf[purpose]) {
        const answer = await present(endpoint, tokens[i] ?? '', subject);
        expect([purpose, answer.code]).toEqual([purpose, 'TOKEN_INVALID']);
      }
    }
  });

  it('are stored only as hashes', async () => {
    const subject = await newSubject();
    const tokens = await Promise.all(purposes.map((purpose) => issue(purpose, subject)));
    const rows = await server.owner.selectFrom('auth.verification').selectAll().execute();
    for (const token of tokens) expect(JSON.stringify(rows)).not.toContain(token);
  });
});
