import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import { insertVault } from '../harness/insert-vault.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';
import { auditOf, insertVaultRow, vaultOf } from '../harness/vault-of.ts';

const NEW_PASSWORD = 'a new and louder horse';

describe('a password reset', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({
      now: () => now,
      environment: {
        TRUSTED_ORIGINS: 'https://app.example.org',
        CALLBACK_URLS: 'https://app.example.org/new?a=1',
      },
    });
  });
  afterAll(() => server.close());

  const tokenOf = (link: string) => new URL(link).searchParams.get('token') ?? '';

  async function forget(email: string, callbackURL?: string): Promise<string> {
    await server.client().expectSuccess('auth.forgotPassword', { email, callbackURL });
    return await server.newestLink(email);
  }

  const reset = (token: string, newPassword = NEW_PASSWORD) =>
    server.client().call('auth.resetPassword', { token, newPassword });

  const login = (email: string, password: string) =>
    server.client().call('auth.login', { email, password });

  it('sets the new password, ends every session, and tells the owner', async () => {
    const { email, client, signIn } = await insertUser(server);
    const other = (await signIn()).client;
    const answer = await reset(tokenOf(await forget(email)));
    expect(answer.data).toEqual({ reset: true, vaultLocked: false });
    for (const one of [client, other]) {
      expect((await one.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    }
    expect((await login(email, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
    expect((await login(email, NEW_PASSWORD)).status).toBe(200);
    expect((await server.mailsTo(email)).map((mail) => mail.subject)).toContain(
      'Your password was changed',
    );
  });

  it('is in the audit log', async () => {
    const { id, email } = await insertUser(server);
    await reset(tokenOf(await forget(email)));
    await expect.poll(() => eventsOf(id)).toEqual(['PASSWORD_CHANGED', 'SESSION_REVOKED']);
  });

  it('S22: keeps the browser that did it open while the attempts go on', async () => {
    const { email } = await insertUser(server);
    const browser = server.client();
    const token = tokenOf(await forget(email));
    await browser.expectSuccess('auth.resetPassword', { token, newPassword: NEW_PASSWORD });
    for (let attempt = 0; attempt < 5; attempt += 1) await login(email, 'a wrong guess');
    expect((await login(email, NEW_PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    const answer = await browser.call('auth.login', { email, password: NEW_PASSWORD });
    expect(answer.status).toBe(200);
  });

  it('S22: unlocks an account that an attacker has locked, on every device', async () => {
    const { email } = await insertUser(server);
    for (let i = 0; i < 5; i += 1) await login(email, 'a wrong password');
    expect((await login(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    expect((await reset(tokenOf(await forget(email)))).status).toBe(200);
    expect((await login(email, NEW_PASSWORD)).status).toBe(200);
  });

  it('is over after an hour, and says so', async () => {
    const { email } = await insertUser(server);
    const token = tokenOf(await forget(email));
    const before = now;
    now = new Date(now.getTime() + 3600_000);
    const late = await reset(token);
    now = before;
    expect([late.status, late.code]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('ends every other link of that account once one was used', async () => {
    const { email } = await insertUser(server);
    const tokens = [tokenOf(await forget(email)), tokenOf(await forget(email))];
    expect((await reset(tokens[0] ?? '')).status).toBe(200);
    expect((await reset(tokens[1] ?? '')).code).toBe('TOKEN_INVALID');
  });

  it('keeps the link when the new password is too weak, and names the field', async () => {
    const { email } = await insertUser(server);
    const token = tokenOf(await forget(email));
    for (const weak of ['short', 'password123', email]) {
      const answer = await reset(token, weak);
      expect([answer.code, answer.error?.data.field]).toEqual(['WEAK_PASSWORD', 'newPassword']);
    }
    expect((await reset(token)).status).toBe(200);
  });

  it('proves the mailbox, and is the way in for somebody who never had a password', async () => {
    const { id, email } = await insertUser(server, { emailVerified: false });
    await sql`delete from auth.accounts where user_id = ${id}`.execute(server.owner);
    expect((await reset(tokenOf(await forget(email)))).status).toBe(200);
    expect((await login(email, NEW_PASSWORD)).status).toBe(200);
  });

  it('doesn’t replace a second factor: that of a proven account stays', async () => {
    const user = await insertUser(server);
    await insertSecondFactor(server, user);
    await reset(tokenOf(await forget(user.email)));
    expect((await login(user.email, NEW_PASSWORD)).code).toBe('TWO_FACTOR_REQUIRED');
  });

  it('S14: leaves nothing of what was set before the mailbox was proven', async () => {
    const user = await insertUser(server, { emailVerified: false });
    const { id, email, client } = user;
    await insertSecondFactor(server, user);
    await sql`
      insert into auth.passkeys (id, user_id, credential_id, public_key, device_type)
      values (${id}, ${id}, ${id}, 'key', 'singleDevice')
    `.execute(server.owner);
    await insertVaultRow(server.owner, id);
    await sql`
      insert into auth.accounts (id, account_id, provider_id, user_id)
      values (${id}, 'somebody', 'elsewhere', ${id})
    `.execute(server.owner);
    await sql`
      insert into auth.known_devices (user_id, device_id) values (${id}, 'a device')
    `.execute(server.owner);

    expect((await reset(tokenOf(await forget(email)))).status).toBe(200);

    const { rows } = await sql`
      select
        (select count(*)::int from auth.two_factor_auth where user_id = ${id}) as factors,
        (select count(*)::int from auth.passkeys where user_id = ${id}) as passkeys,
        (select count(*)::int from auth.known_devices
          where user_id = ${id} and device_id = 'a device') as devices,
        (select count(*)::int from auth.sessions where user_id = ${id}) as sessions,
        (select count(*)::int from auth.verification where identifier like '%' || ${id}) as tokens,
        (select array_agg(provider_id) from auth.accounts where user_id = ${id}) as ways_in
    `.execute(server.owner);
    const none = { factors: 0, passkeys: 0, devices: 0, sessions: 0, tokens: 0 };
    expect(rows).toEqual([{ ...none, ways_in: ['credential'] }]);
    expect(await vaultOf(server.owner, id)).toBeUndefined();
    expect(await auditOf(server.owner, id)).toEqual(['removed OK']);
    expect((await client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    expect((await login(email, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
    expect((await login(email, NEW_PASSWORD)).status).toBe(200);
  });

  it('of a proven account leaves its passkeys and its vault', async () => {
    const { id, email } = await insertUser(server);
    await sql`
      insert into auth.passkeys (id, user_id, credential_id, public_key, device_type)
      values (${id}, ${id}, ${id}, 'key', 'singleDevice')
    `.execute(server.owner);
    await insertVaultRow(server.owner, id);
    await reset(tokenOf(await forget(email)));
    const { rows } = await sql`
      select (select count(*)::int from auth.passkeys where user_id = ${id}) as passkeys
    `.execute(server.owner);
    expect(rows).toEqual([{ passkeys: 1 }]);
    expect(await vaultOf(server.owner, id)).toMatchObject({ wrapped_mk: 'wrap' });
  });

  it('tells the owner of a vault that only a code opens, before and after, that it stays locked', async () => {
    const { id, email } = await insertUser(server);
    await insertVault(server, id, { zeroKnowledge: true });
    const before = await vaultOf(server.owner, id);
    const answer = await reset(tokenOf(await forget(email)));
    expect(answer.data).toEqual({ reset: true, vaultLocked: true });
    const said = (await server.mailsTo(email)).map(({ text }) =>
      text.includes('It stays locked until'),
    );
    expect(said).toEqual([true, true]);
    expect(await vaultOf(server.owner, id)).toEqual(before);
  });

  it('alarms nobody whose vault opens by signing in, who has no vault, or whose account is unproven', async () => {
    const vaults = [undefined, { recovery: true }, { zeroKnowledge: true }];
    const users = await Promise.all(
      vaults.map((vault) => insertUser(server, { emailVerified: !vault?.zeroKnowledge })),
    );
    for (const [index, { id, email }] of users.entries()) {
      if (vaults[index]) await insertVault(server, id, vaults[index]);
      const answer = await reset(tokenOf(await forget(email)));
      expect(answer.data).toEqual({ reset: true, vaultLocked: false });
      const mails = (await server.mailsTo(email)).map(({ text }) => text);
      expect(mails.join()).not.toMatch(/vault|recovery/);
    }
  });

  it('does nothing for a user who is marked as deleted', async () => {
    const { id, email } = await insertUser(server);
    const token = tokenOf(await forget(email));
    await sql`update auth.users set deleted_at = now() where id = ${id}`.execute(server.owner);
    expect((await reset(token)).code).toBe('TOKEN_INVALID');
    await server.client().expectSuccess('auth.forgotPassword', { email });
    expect(await server.mailsTo(email)).toHaveLength(1);
  });

  it('S16: leads to a named page', async () => {
    const page = async (callbackURL: string) => {
      const { email } = await insertUser(server);
      return (await forget(email, callbackURL)).replace(/token=[\w-]{43}$/, 'token=T');
    };
    expect(await page('https://app.example.org/new?a=1')).toBe(
      'https://app.example.org/new?a=1&token=T',
    );
    expect(await page('/profile')).toBe('http://localhost:3000/profile?token=T');
  });

  it.each(['auth.forgotPassword', 'auth.register', 'auth.resendVerification', 'auth.changeEmail'])(
    'S16: %s refuses any other page, also of a trusted origin, and mails nothing',
    async (path) => {
      const { client, email } = await insertUser(server);
      const newEmail = freshEmail();
      const unknown = freshEmail();
      for (const callbackURL of [
        'https://app.example.org/',
        'https://app.example.org/new',
        '/elsewhere',
        'https://evil.example/',
        '//evil.example',
        'javascript:alert(1)',
      ]) {
        for (const one of [email, unknown]) {
          const input = { email: one, newEmail, password: PASSWORD, name: 'A', callbackURL };
          const answer = await client.call(path, input);
          expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
          expect(answer.error?.message).toContain('CALLBACK_URLS');
        }
      }
      for (const to of [email, newEmail, unknown]) expect(await server.mailsTo(to)).toEqual([]);
    },
  );

  it('S17: never leads to the Host of the request', async () => {
    const { email } = await insertUser(server);
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    await server.client().call('auth.forgotPassword', { email }, { headers });
    expect(new URL(await server.newestLink(email)).origin).toBe('http://localhost:3000');
  });

  it('fills nobody’s mailbox: five mails an hour, each with a link that works', async () => {
    const { email } = await insertUser(server);
    for (let i = 0; i < 8; i += 1) {
      await server.client().expectSuccess('auth.forgotPassword', { email });
      await server.mailsTo(email);
    }
    const mails = await server.mailsTo(email);
    expect(mails).toHaveLength(5);
    expect((await reset(tokenOf(mails[0]?.links[0] ?? ''))).status).toBe(200);
  });

  it('B14: keeps a mail for the owner’s own browser, however many others have asked for', async () => {
    const { email } = await insertUser(server);
    const browser = server.client();
    await browser.expectSuccess('auth.login', { email, password: PASSWORD });
    for (let i = 0; i < 6; i += 1) {
      await server.client().expectSuccess('auth.forgotPassword', { email });
      await server.mailsTo(email);
    }
    const before = await server.mailsTo(email);
    await browser.expectSuccess('auth.forgotPassword', { email });
    expect(await server.mailsTo(email)).toHaveLength(before.length + 1);
  });

  it('S25: writes as much for an address that nobody has, up to the same quota', async () => {
    const { email } = await insertUser(server);
    const nobody = freshEmail();
    const rowsOf = async (to: string) =>
      server.owner
        .selectFrom('auth.outbox')
        .select(['kind', 'is_requested', 'attempts', 'last_error'])
        .where('recipient', '=', to)
        .where('delivered_at', 'is not', null)
        .execute();
    for (const to of [email, nobody]) {
      for (let i = 0; i < 7; i += 1) {
        await server.client().expectSuccess('auth.forgotPassword', { email: to });
        await server.mailsTo(to);
      }
    }
    expect(await rowsOf(nobody)).toHaveLength(5);
    expect(await rowsOf(nobody)).toEqual(await rowsOf(email));
    expect(await server.mailsTo(nobody)).toEqual([]);
  });

  it.each([
    ['the vaults', 'encryption_vaults', 'zero_knowledge'],
    ['the links', 'verification', 'expires_at'],
  ])('of which a fault in %s uses up none', async (_, table, column) => {
    const { email } = await insertUser(server);
    const name = sql.table(`auth.${table}`);
    await sql`alter table ${name} rename column ${sql.id(column)} to is_gone`.execute(server.owner);
    for (let i = 0; i < 6; i += 1) {
      const answer = await server.client().call('auth.forgotPassword', { email });
      expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    }
    await sql`alter table ${name} rename column is_gone to ${sql.id(column)}`.execute(server.owner);
    expect(tokenOf(await forget(email))).toMatch(/./);
  });

  it('answers a fault in the vaults alike for known and unknown addresses', async () => {
    const emails = [await insertUser(server), await insertUser(server, { emailVerified: false })];
    const asked = [...emails.map(({ email }) => email), freshEmail()];
    await sql`alter table auth.encryption_vaults rename column zero_knowledge to is_gone`.execute(
      server.owner,
    );
    const codes = [];
    for (const email of asked) {
      codes.push((await server.client().call('auth.forgotPassword', { email })).code);
    }
    await sql`alter table auth.encryption_vaults rename column is_gone to zero_knowledge`.execute(
      server.owner,
    );
    expect(codes).toEqual(asked.map(() => 'SERVICE_UNAVAILABLE'));
  });

  it('does nothing if the token is nonsense', async () => {
    for (const token of ['', 'x', '\u0000', 'x'.repeat(8000), freshEmail()]) {
      const answer = await reset(token);
      expect([answer.status, answer.code]).toEqual([400, 'TOKEN_INVALID']);
    }
  });

  it('keeps its link when the database fails meanwhile', async () => {
    const { email } = await insertUser(server);
    const token = tokenOf(await forget(email));
    await sql`alter table auth.known_devices rename column user_id to is_gone`.execute(
      server.owner,
    );
    expect((await reset(token)).code).toBe('SERVICE_UNAVAILABLE');
    await sql`alter table auth.known_devices rename column is_gone to user_id`.execute(
      server.owner,
    );
    expect((await login(email, PASSWORD)).status).toBe(200);
    expect((await reset(token)).status).toBe(200);
  });

  /** In no order: they are written in the background, each on its own. */
  async function eventsOf(userId: string): Promise<string[]> {
    const rows = await server.owner
      .selectFrom('auth.security_events')
      .select('event_type')
      .where('user_id', '=', userId)
      .execute();
    return rows.map((row) => row.event_type).sort();
  }
});
