import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertPasskey } from '../harness/insert-passkey.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const DAY_MS = 24 * 3600_000;
const THIEFS_PASSWORD = 'the one that a thief chose';
const OWNERS_PASSWORD = 'the next one of the owner';

describe('B1: a change of address can be undone', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({ now: () => now });
  });
  afterAll(() => server.close());

  const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';

  /** Moves the account to a new address, as whoever has the session can. Answers the link for the old one. */
  async function moveTo(
    { client, email }: Pick<InsertedUser, 'client' | 'email'>,
    newEmail = freshEmail(),
  ) {
    await client.expectSuccess('auth.changeEmail', { newEmail });
    await client.expectSuccess('auth.verifyEmail', {
      token: tokenOf(await server.newestLink(newEmail)),
    });
    return { newEmail, undoToken: tokenOf(await server.newestLink(email)) };
  }

  const undo = (token: string) => server.client().call('auth.undoEmailChange', { token });

  async function undone(token: string): Promise<string> {
    const answer = await undo(token);
    expect(answer.data).toEqual({ undone: true, resetToken: expect.any(String) });
    return (answer.data as { resetToken: string }).resetToken;
  }

  async function emailOf({ id }: InsertedUser): Promise<string> {
    const users = server.owner.selectFrom('auth.users').select('email').where('id', '=', id);
    return (await users.executeTakeFirstOrThrow()).email;
  }

  async function login(email: string, password: string): Promise<string | undefined> {
    return (await server.client().call('auth.login', { email, password })).code;
  }

  it('with the link in the old mailbox: the address is back, nobody is signed in, and a new password is set', async () => {
    const user = await insertUser(server);
    const other = await user.signIn();
    const { newEmail, undoToken } = await moveTo(user);
    expect((await server.mailsTo(user.email)).at(-1)?.links).toEqual([
      `http://localhost:3000/undo-email-change?token=${undoToken}`,
    ]);
    const described = await server.client().expectSuccess('auth.mailedLink', { token: undoToken });
    expect(described).toMatchObject({
      kind: 'email-change-undo',
      email: user.email,
      requires: 'nothing',
    });
    const token = await undone(undoToken);
    expect(await emailOf(user)).toBe(user.email);
    for (const { client } of [user, other]) {
      expect((await client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    }
    for (const email of [user.email, newEmail]) {
      expect(await login(email, PASSWORD)).toBe('INVALID_CREDENTIALS');
    }
    const reset = { token, newPassword: OWNERS_PASSWORD };
    await server.client().expectSuccess('auth.resetPassword', reset);
    expect(await login(user.email, OWNERS_PASSWORD)).toBeUndefined();
    expect((await server.mailsTo(newEmail)).at(-1)?.subject).toContain('was undone');
    expect((await undo(undoToken)).code).toBe('TOKEN_INVALID');
  });

  it('for seven days, whatever was done to the account meanwhile', async () => {
    const user = await insertUser(server);
    const { newEmail, undoToken } = await moveTo(user);
    await user.client.expectSuccess('auth.changePassword', {
      currentPassword: PASSWORD,
      newPassword: THIEFS_PASSWORD,
    });
    await moveTo({ client: user.client, email: newEmail });
    const last = await emailOf(user);
    await server.client().expectSuccess('auth.forgotPassword', { email: last });
    const stolenReset = {
      token: tokenOf(await server.newestLink(last)),
      newPassword: THIEFS_PASSWORD,
    };
    await server.client().expectSuccess('auth.resetPassword', stolenReset);
    now = new Date(now.getTime() + 7 * DAY_MS - 1000);
    await undone(undoToken);
    expect(await emailOf(user)).toBe(user.email);
    expect(await login(user.email, THIEFS_PASSWORD)).toBe('INVALID_CREDENTIALS');
  });

  it('and no longer after that', async () => {
    const user = await insertUser(server);
    const { newEmail, undoToken } = await moveTo(user);
    now = new Date(now.getTime() + 7 * DAY_MS);
    expect((await undo(undoToken)).code).toBe('TOKEN_EXPIRED');
    expect(await emailOf(user)).toBe(newEmail);
  });

  it('and leaves whoever made it no way back: no later link, pending change, reset, passkey or device', async () => {
    const user = await insertUser(server);
    const own = await insertPasskey(server, user);
    now = new Date(now.getTime() + 1000);
    const first = await moveTo(user);
    const second = await moveTo({ client: user.client, email: first.newEmail });
    await insertPasskey(server, user);
    await server
      .client()
      .expectSuccess('auth.login', { email: second.newEmail, password: PASSWORD });
    await server.client().expectSuccess('auth.forgotPassword', { email: second.newEmail });
    const reset = tokenOf(await server.newestLink(second.newEmail));
    const pending = freshEmail();
    await user.client.expectSuccess('auth.changeEmail', { newEmail: pending });
    const change = { token: tokenOf(await server.newestLink(pending)) };

    await undone(first.undoToken);
    expect((await undo(second.undoToken)).code).toBe('TOKEN_INVALID');
    for (const [path, input] of [
      ['auth.verifyEmail', change],
      ['auth.resetPassword', { token: reset, newPassword: THIEFS_PASSWORD }],
    ] as const) {
      expect([path, (await user.client.call(path, input)).code]).toEqual([path, 'TOKEN_INVALID']);
    }
    const passkeys = server.owner
      .selectFrom('auth.passkeys')
      .select('id')
      .where('user_id', '=', user.id);
    expect(await passkeys.execute()).toEqual([{ id: own.passkeyId }]);
    const devices = server.owner.selectFrom('auth.known_devices').select('device_id');
    expect(await devices.where('user_id', '=', user.id).execute()).toEqual([]);
    expect(await emailOf(user)).toBe(user.email);
  });

  it('also after it was changed back, with what was asked for meanwhile', async () => {
    const user = await insertUser(server);
    const { newEmail, undoToken } = await moveTo(user);
    await moveTo({ client: user.client, email: newEmail }, user.email);
    await server.client().expectSuccess('auth.forgotPassword', { email: user.email });
    const token = tokenOf(await server.newestLink(user.email));
    await undone(undoToken);
    const reset = { token, newPassword: THIEFS_PASSWORD };
    expect((await server.client().call('auth.resetPassword', reset)).code).toBe('TOKEN_INVALID');
  });

  it('the later one first, and then the earlier one as well', async () => {
    const user = await insertUser(server);
    const first = await moveTo(user);
    now = new Date(now.getTime() + 1000);
    const second = await moveTo({ client: user.client, email: first.newEmail });
    await undone(second.undoToken);
    expect(await emailOf(user)).toBe(first.newEmail);
    await undone(first.undoToken);
    expect(await emailOf(user)).toBe(user.email);
  });

  it('also when somebody has signed up with the old address since, and not confirmed it', async () => {
    const user = await insertUser(server);
    const { undoToken } = await moveTo(user);
    const squat = { email: user.email, password: THIEFS_PASSWORD, name: 'T' };
    await server.client().expectSuccess('auth.register', squat);
    await undone(undoToken);
    expect(await emailOf(user)).toBe(user.email);
    expect(await login(user.email, THIEFS_PASSWORD)).toBe('INVALID_CREDENTIALS');
  });

  it('but not against an account that has proven the old address: the link stays good', async () => {
    const user = await insertUser(server);
    const { newEmail, undoToken } = await moveTo(user);
    await server.signedInClient(user.email);
    for (let i = 0; i < 2; i += 1) {
      expect((await undo(undoToken)).code).toBe('EMAIL_ALREADY_REGISTERED');
    }
    expect(await emailOf(user)).toBe(newEmail);
  });

  it('and the second factor stays: the old mailbox alone signs nobody in', async () => {
    const user = await insertUser(server);
    const { undoToken } = await moveTo(user);
    await insertSecondFactor(server, user);
    const token = await undone(undoToken);
    await server
      .client()
      .expectSuccess('auth.resetPassword', { token, newPassword: OWNERS_PASSWORD });
    expect(await login(user.email, OWNERS_PASSWORD)).toBe('TWO_FACTOR_REQUIRED');
  });
});
