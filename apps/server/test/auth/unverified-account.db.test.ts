import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertPasskey } from '../harness/insert-passkey.ts';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import { insertVault } from '../harness/insert-vault.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';
import { vaultOf } from '../harness/vault-of.ts';

const OWNERS_PASSWORD = 'the one of the owner';
const CHOSEN_PASSWORD = 'chosen with the link';

describe('S14: somebody signs up with another’s address first', () => {
  let server: TestServer;
  let concealed: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    concealed = await startTestServer({ environment: { CONCEAL_ACCOUNTS: 'on' } });
  });
  afterAll(async () => {
    await server.close();
    await concealed.close();
  });

  const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';

  const signUp = (at: TestServer, email: string, password: string, name = 'N') =>
    at.client().call('auth.register', { email, password, name });

  const login = (at: TestServer, email: string, password: string) =>
    at.client().call('auth.login', { email, password });

  it('the owner’s link leaves nothing of it: neither password, nor name, nor the first link', async () => {
    const email = freshEmail();
    await signUp(server, email, PASSWORD, 'Impostor');
    const first = tokenOf(await server.newestLink(email));
    expect((await signUp(server, email, OWNERS_PASSWORD)).code).toBe('EMAIL_ALREADY_REGISTERED');

    const link = await server.newestLink(email);
    expect(link).toMatch(/^http:\/\/localhost:3000\/reset-password\?token=/);
    const redeem = { token: first, password: PASSWORD };
    expect((await server.client().call('auth.verifyEmail', redeem)).code).toBe('TOKEN_INVALID');
    const owner = server.client();
    const input = { token: tokenOf(link), newPassword: CHOSEN_PASSWORD };
    await owner.expectSuccess('auth.resetPassword', input);
    for (const password of [PASSWORD, OWNERS_PASSWORD]) {
      expect((await login(server, email, password)).code).toBe('INVALID_CREDENTIALS');
    }
    await owner.expectSuccess('auth.login', { email, password: CHOSEN_PASSWORD });
    const { user } = (await owner.expectSuccess('auth.profile')) as { user: { name: string } };
    expect(user.name).toBe(email.split('@')[0]);
  });

  it('nobody gets in with either password before the mailbox is proven', async () => {
    const email = freshEmail();
    await signUp(server, email, PASSWORD);
    await signUp(server, email, OWNERS_PASSWORD);
    for (const password of [PASSWORD, OWNERS_PASSWORD]) {
      expect((await login(server, email, password)).code).toBe('INVALID_CREDENTIALS');
    }
  });

  it('the same password is the same person, who gets another link that confirms', async () => {
    const email = freshEmail();
    await signUp(server, email, PASSWORD, 'Anna');
    const first = await server.newestLink(email);
    expect((await signUp(server, email, PASSWORD)).code).toBe('EMAIL_ALREADY_REGISTERED');
    const second = await server.newestLink(email);
    expect(second).toContain('/api/auth/verify-email?token=');
    expect(second).not.toBe(first);
    const redeem = { token: tokenOf(second), password: PASSWORD };
    await server.client().expectSuccess('auth.verifyEmail', redeem);
    expect((await login(server, email, PASSWORD)).status).toBe(200);
  });

  it('asking for another link gives one that sets a password, and not one that confirms the first one’s', async () => {
    const email = freshEmail();
    await signUp(server, email, PASSWORD);
    await signUp(server, email, OWNERS_PASSWORD);
    await server.client().expectSuccess('auth.resendVerification', { email });
    expect(await server.newestLink(email)).toContain('/reset-password?token=');
    const { rows } = await sql`
      select split_part(identifier, ':', 1) as purpose from auth.verification
      where value like '%' || ${email} || '%' group by 1
    `.execute(server.owner);
    expect(rows).toEqual([{ purpose: 'password-reset' }]);
  });

  it('signing up once more does not end the owner’s link', async () => {
    const email = freshEmail();
    await signUp(server, email, PASSWORD);
    await signUp(server, email, OWNERS_PASSWORD);
    const token = tokenOf(await server.newestLink(email));
    await signUp(server, email, PASSWORD);
    const input = { token, newPassword: CHOSEN_PASSWORD };
    expect((await server.client().call('auth.resetPassword', input)).status).toBe(200);
  });

  it('B14: signing up again and again uses up no mail of the owner, whose link works', async () => {
    const email = freshEmail();
    for (let i = 0; i < 6; i += 1) {
      await signUp(server, email, PASSWORD);
      await server.mailsTo(email);
    }
    expect(await server.mailsTo(email)).toHaveLength(5);
    await signUp(server, email, OWNERS_PASSWORD);
    const input = { token: tokenOf(await server.newestLink(email)), newPassword: CHOSEN_PASSWORD };
    expect((await server.client().call('auth.resetPassword', input)).status).toBe(200);
  });

  it('a proven address can’t be taken: nothing about it changes, and nobody gets a link', async () => {
    const email = freshEmail();
    await server.signedInClient(email);
    const mails = (await server.mailsTo(email)).length;
    expect((await signUp(server, email, OWNERS_PASSWORD, 'Impostor')).code).toBe(
      'EMAIL_ALREADY_REGISTERED',
    );
    expect(await server.mailsTo(email)).toHaveLength(mails);
    expect((await login(server, email, PASSWORD)).status).toBe(200);
  });

  const uses: Record<string, (user: InsertedUser, at: TestServer) => Promise<unknown>> = {
    'a session': async () => undefined,
    'a passkey': async (user, at) => {
      await insertPasskey(at, user);
      await user.client.expectSuccess('auth.logout');
    },
    'a vault': async (user, at) => {
      await insertVault(at, user.id);
      await user.client.expectSuccess('auth.logout');
    },
    'a sign-in long ago': async ({ email, client }, at) => {
      await client.expectSuccess('auth.logout');
      await at.owner
        .insertInto('auth.login_attempts')
        .values({ email, successful: true, method: 'password', attempted_at: new Date(0) })
        .execute();
    },
  };
  it.each(Object.entries(uses))(
    'B11: an unproven account with %s is no sign-up: a stranger’s changes nothing of it, and mails nobody a link',
    async (_name, use) => {
      for (const at of [server, concealed]) {
        const user = await insertUser(at, { emailVerified: false });
        await use(user, at);
        const answer = await signUp(at, user.email, OWNERS_PASSWORD, 'Stranger');
        const expected = at === concealed ? undefined : 'EMAIL_ALREADY_REGISTERED';
        expect(answer.code).toBe(expected);
        expect((await at.mailsTo(user.email)).flatMap(({ links }) => links)).toEqual(
          at === concealed ? ['http://localhost:3000/sign-in'] : [],
        );
        await at.client().expectSuccess('auth.resendVerification', { email: user.email });
        const token = tokenOf(await at.newestLink(user.email));
        const elsewhere = await signUp(at, user.email, OWNERS_PASSWORD);
        expect(elsewhere.code).toBe(expected);
        await at.client().expectSuccess('auth.verifyEmail', { token, password: PASSWORD });
        const client = at.client();
        await client.expectSuccess('auth.login', { email: user.email, password: PASSWORD });
        expect(await client.expectSuccess('auth.profile')).toMatchObject({
          user: { id: user.id, name: 'Inserted' },
        });
      }
    },
  );

  it('B11: nor does its mailbox’s owner end it by saying that it isn’t theirs', async () => {
    const user = await insertUser(server, { emailVerified: false });
    await insertVault(server, user.id);
    await server.client().expectSuccess('auth.resendVerification', { email: user.email });
    const token = tokenOf(await server.newestLink(user.email));
    await server.client().expectSuccess('auth.declineSignUp', { token });
    expect((await login(server, user.email, PASSWORD)).code).toBe('EMAIL_NOT_VERIFIED');
    expect(await vaultOf(server.owner, user.id)).toBeDefined();
  });

  it('the response is that of a new sign-up where accounts are concealed, and all works the same', async () => {
    const email = freshEmail();
    expect((await signUp(concealed, email, PASSWORD)).status).toBe(200);
    expect((await signUp(concealed, email, OWNERS_PASSWORD)).status).toBe(200);
    const input = {
      token: tokenOf(await concealed.newestLink(email)),
      newPassword: CHOSEN_PASSWORD,
    };
    await concealed.client().expectSuccess('auth.resetPassword', input);
    expect((await login(concealed, email, CHOSEN_PASSWORD)).status).toBe(200);
  });
});
