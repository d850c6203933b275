import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitDuring } from '../harness/hold-user.ts';
import type { InsertedUser } from '../harness/insert-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('S15: an address changes', () => {
  let server: TestServer;
  let concealed: TestServer;
  let now = new Date();

  beforeAll(async () => {
    const environment = { CALLBACK_URLS: 'https://app.example.org/me' };
    server = await startTestServer({ now: () => now, environment });
    concealed = await startTestServer({ environment: { CONCEAL_ACCOUNTS: 'on' } });
  });
  afterAll(async () => {
    await server.close();
    await concealed.close();
  });

  const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';

  async function request({ client }: InsertedUser, callbackURL?: string) {
    const newEmail = freshEmail();
    await client.expectSuccess('auth.changeEmail', { newEmail, callbackURL });
    return { newEmail, link: await server.newestLink(newEmail) };
  }

  function open(link: string): Promise<Response> {
    const { pathname, search } = new URL(link);
    return fetch(`${server.origin}${pathname}${search}`, { redirect: 'manual' });
  }

  const verify = (link: string, { client }: Pick<InsertedUser, 'client'>) =>
    client.call('auth.verifyEmail', { token: tokenOf(link) });

  const emailOf = async ({ id }: InsertedUser) => {
    const { rows } = await sql<{
      email: string;
    }>`select email from auth.users where id = ${id}`.execute(server.owner);
    return rows[0]?.email;
  };

  it('only once somebody signed in to it presses the button behind the link in the new mailbox', async () => {
    const user = await insertUser(server);
    const { newEmail, link } = await request(user);
    const opened = await open(link);
    const page = `http://localhost:3000/verify-email?token=${tokenOf(link)}`;
    expect([opened.status, opened.headers.get('location')]).toEqual([303, page]);
    expect(await emailOf(user)).toBe(user.email);
    expect((await verify(link, user)).data).toEqual({ verified: true, emailChanged: true });
    expect(await emailOf(user)).toBe(newEmail);
    const client = server.client();
    expect((await client.call('auth.login', { email: user.email, password: PASSWORD })).code).toBe(
      'INVALID_CREDENTIALS',
    );
    await client.expectSuccess('auth.login', { email: newEmail, password: PASSWORD });
    // The session that asked for it goes on.
    expect((await user.client.call('auth.profile')).status).toBe(200);
  });

  it('and the old mailbox is told, both when it is asked for and when it happens', async () => {
    const user = await insertUser(server);
    const { newEmail, link } = await request(user);
    expect((await server.mailsTo(user.email)).map(({ subject }) => subject)).toEqual([
      'Your email address is about to change',
    ]);
    await verify(link, user);
    const told = await server.mailsTo(user.email);
    expect(told.at(-1)?.subject).toBe('Your email address was changed');
    for (const mail of told) {
      expect(mail.text).toContain(newEmail);
      expect(mail.text).not.toContain(tokenOf(link));
    }
  });

  it('for that account alone, and once', async () => {
    const [user, other] = [await insertUser(server), await insertUser(server)];
    const { newEmail, link } = await request(user);
    const ended = await user.signIn();
    await ended.client.expectSuccess('auth.logout');
    for (const [client, code, requires] of [
      [other.client, 'FORBIDDEN', 'other-account'],
      [server.client(), 'UNAUTHORIZED', 'sign-in'],
      [ended.client, 'UNAUTHORIZED', 'sign-in'],
    ] as const) {
      const token = tokenOf(link);
      const described = await client.expectSuccess('auth.mailedLink', { token });
      expect(described).toMatchObject({ kind: 'email-change', email: newEmail, requires });
      expect((await verify(link, { client })).code).toBe(code);
    }
    const { accessToken } = (await user.client.expectSuccess('auth.sessionToToken')) as {
      accessToken: string;
    };
    const headers = { authorization: `Bearer ${accessToken}` };
    const input = { token: tokenOf(link) };
    const byToken = await server.client().call('auth.verifyEmail', input, { headers });
    expect(byToken.code).toBe('UNAUTHORIZED');
    expect(await emailOf(user)).toBe(user.email);
    expect((await verify(link, user)).status).toBe(200);
    expect(await emailOf(user)).toBe(newEmail);
    expect(await emailOf(other)).toBe(other.email);
    expect((await verify(link, user)).code).toBe('TOKEN_INVALID');
  });

  it('to the address that was requested last', async () => {
    const user = await insertUser(server);
    const mistyped = await request(user);
    const { newEmail, link } = await request(user);
    expect((await verify(mistyped.link, user)).code).toBe('TOKEN_INVALID');
    expect((await verify(link, user)).status).toBe(200);
    expect(await emailOf(user)).toBe(newEmail);
  });

  it('B14: and a stranger gets five mails of sixty requests; the last of them works', async () => {
    const user = await insertUser(server);
    const newEmail = freshEmail();
    const codes: unknown[] = [];
    for (let i = 0; i < 60; i += 1) {
      codes.push((await user.client.call('auth.changeEmail', { newEmail })).code);
      if (i < 5) await server.mailsTo(newEmail);
    }
    expect(codes).toEqual([...Array(5).fill(undefined), ...Array(55).fill('RATE_LIMITED')]);
    expect(await server.mailsTo(newEmail)).toHaveLength(5);
    expect(await server.mailsTo(user.email)).toHaveLength(5);
    expect((await verify(await server.newestLink(newEmail), user)).status).toBe(200);
  });

  it('B14: and what others ask for leaves the owner of a mailbox their own first mails', async () => {
    const mailbox = freshEmail();
    const codes: unknown[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { client } = await insertUser(server);
      for (let j = 0; j < 4; j += 1) {
        codes.push((await client.call('auth.changeEmail', { newEmail: mailbox })).code);
        await server.mailsTo(mailbox);
      }
    }
    expect(codes.filter((code) => code === undefined)).toHaveLength(10);
    const input = { email: mailbox, password: PASSWORD, name: 'N' };
    await server.client().expectSuccess('auth.register', input);
    await server.client().expectSuccess('auth.forgotPassword', { email: mailbox });
    expect((await server.mailsTo(mailbox)).map(({ subject }) => subject).slice(10)).toEqual([
      'Confirm your email address',
      'Set a new password',
    ]);
  });

  it('within an hour', async () => {
    const user = await insertUser(server);
    const { link } = await request(user);
    const before = now;
    now = new Date(now.getTime() + 3600_000);
    expect((await verify(link, user)).code).toBe('TOKEN_EXPIRED');
    now = before;
  });

  it('and every other token of the account ends, and the lock on the old address', async () => {
    const user = await insertUser(server);
    await server.client().expectSuccess('auth.forgotPassword', { email: user.email });
    const resetToken = tokenOf(await server.newestLink(user.email));
    for (let i = 0; i < 5; i += 1) {
      await server.client().call('auth.login', { email: user.email, password: 'wrong one' });
    }
    const { newEmail, link } = await request(user);
    await verify(link, user);
    const reset = { token: resetToken, newPassword: 'a new and louder horse' };
    expect((await server.client().call('auth.resetPassword', reset)).code).toBe('TOKEN_INVALID');
    const next = await server.client().call('auth.login', { email: newEmail, password: PASSWORD });
    expect(next.status).toBe(200);
    // Whoever takes the old address starts afresh.
    const answer = await server
      .client()
      .call('auth.login', { email: user.email, password: 'wrong one' });
    expect(answer.code).toBe('INVALID_CREDENTIALS');
  });

  it('and no token becomes valid again if the old address comes back', async () => {
    const user = await insertUser(server);
    await server.client().expectSuccess('auth.forgotPassword', { email: user.email });
    const token = tokenOf(await server.newestLink(user.email));
    await verify((await request(user)).link, user);
    await user.client.expectSuccess('auth.changeEmail', { newEmail: user.email });
    await verify(await server.newestLink(user.email), user);
    expect(await emailOf(user)).toBe(user.email);
    const reset = { token, newPassword: 'a new and louder horse' };
    expect((await server.client().call('auth.resetPassword', reset)).code).toBe('TOKEN_INVALID');
  });

  it('not to one that is taken', async () => {
    const [user, other] = [await insertUser(server), await insertUser(server)];
    const answer = await user.client.call('auth.changeEmail', { newEmail: other.email });
    expect([answer.status, answer.code]).toEqual([409, 'EMAIL_ALREADY_REGISTERED']);
    expect(await server.mailsTo(user.email)).toEqual([]);
  });

  it('not to one that somebody took meanwhile, who keeps it', async () => {
    const user = await insertUser(server);
    const { newEmail, link } = await request(user);
    await server.signedInClient(newEmail);
    const answer = await verify(link, user);
    expect([answer.status, answer.code]).toEqual([409, 'EMAIL_ALREADY_REGISTERED']);
    expect(await emailOf(user)).toBe(user.email);
  });

  it('for only one of two accounts that confirm the same address at once', async () => {
    const users = [await insertUser(server), await insertUser(server)];
    const newEmail = freshEmail();
    const links: string[] = [];
    for (const { client } of users) {
      await client.expectSuccess('auth.changeEmail', { newEmail });
      links.push(await server.newestLink(newEmail));
    }
    const answers = await Promise.all(users.map((user, i) => verify(links[i] ?? '', user)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  it('not to the address that it already has', async () => {
    const user = await insertUser(server);
    const newEmail = ` ${user.email.toUpperCase()} `;
    const answer = await user.client.call('auth.changeEmail', { newEmail });
    expect([answer.code, answer.error?.data.field]).toEqual(['VALIDATION', 'newEmail']);
  });

  it('no longer once the password was reset', async () => {
    const user = await insertUser(server);
    const { link } = await request(user);
    await server.client().expectSuccess('auth.forgotPassword', { email: user.email });
    const reset = {
      token: tokenOf(await server.newestLink(user.email)),
      newPassword: 'a new and louder horse',
    };
    await server.client().expectSuccess('auth.resetPassword', reset);
    expect((await verify(link, user)).code).toBe('TOKEN_INVALID');
    expect(await emailOf(user)).toBe(user.email);
  });

  it('not by a call that was in progress when its session ended', async () => {
    const user = await insertUser(server);
    const newEmail = freshEmail();
    const answer = await commitDuring(
      server,
      user.id,
      (trx) => trx.deleteFrom('auth.sessions').where('user_id', '=', user.id).execute(),
      () => user.client.call('auth.changeEmail', { newEmail }),
    );
    expect(answer.code).toBe('TOKEN_EXPIRED');
    expect(await server.mailsTo(newEmail)).toEqual([]);
  });

  it('with the same response as for a free one where accounts are concealed; the owner gets a mail', async () => {
    const [user, other] = [await insertUser(concealed), await insertUser(concealed)];
    const free = await user.client.call('auth.changeEmail', { newEmail: freshEmail() });
    const taken = await user.client.call('auth.changeEmail', { newEmail: other.email });
    expect([taken.status, taken.text]).toEqual([free.status, free.text]);
    expect((await concealed.mailsTo(other.email)).map(({ subject }) => subject)).toEqual([
      'You already have an account',
    ]);
    expect(await concealed.mailsTo(user.email)).toHaveLength(2);
  });

  it('S16: and the link leads to a named page', async () => {
    const user = await insertUser(server);
    const { link } = await request(user, 'https://app.example.org/me');
    const { token, callbackURL } = Object.fromEntries(new URL(link).searchParams);
    const describe = (named: string | undefined) =>
      user.client.expectSuccess('auth.mailedLink', { token, callbackURL: named });
    expect(await describe(callbackURL)).toMatchObject({ continueTo: 'https://app.example.org/me' });
    expect(await describe('https://evil.example/me')).toMatchObject({ continueTo: null });
  });

  it('S17: and the link never follows the Host of the request', async () => {
    const user = await insertUser(server);
    const newEmail = freshEmail();
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    await user.client.call('auth.changeEmail', { newEmail }, { headers });
    expect(new URL(await server.newestLink(newEmail)).origin).toBe('http://localhost:3000');
  });

  it('and it is in the audit log, without the addresses', async () => {
    const user = await insertUser(server);
    await verify((await request(user)).link, user);
    await expect
      .poll(async () => {
        const rows = await server.owner
          .selectFrom('auth.security_events')
          .select(['event_type', 'metadata'])
          .where('user_id', '=', user.id)
          .execute();
        return rows.map((row) => row.event_type);
      })
      .toEqual(['EMAIL_CHANGED']);
    const { rows } = await sql`
      select 1 from auth.security_events where metadata::text like '%@%'
    `.execute(server.owner);
    expect(rows).toEqual([]);
  });
});
