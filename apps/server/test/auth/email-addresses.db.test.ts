import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ environment: { REUSE_DELETED_ADDRESSES: 'on' } });
});
afterAll(() => server.close());

const setAddress = (id: string, email: string) =>
  sql`update auth.users set email = ${email} where id = ${id}`.execute(server.owner);
const markDeleted = (id: string) =>
  sql`update auth.users set deleted_at = now() where id = ${id}`.execute(server.owner);

describe('an address from before the rule for new ones', () => {
  it.each([
    'o&m@existing.example',
    'a/b@existing.example',
    'svc@localhost',
    'jörg@existing.example',
    '"a b, c"@existing.example',
    'double..dot.@existing.example',
    'under_score@exa_mple.org',
    `${'long'.repeat(60)}@existing.example`,
  ])('signs in and resets its password: %s', async (address) => {
    const { id } = await insertUser(server);
    await setAddress(id, address);
    const email = ` ${address.toUpperCase()} `;
    const wrong = await server.client().call('auth.login', { email, password: 'something else' });
    expect(wrong.code).toBe('INVALID_CREDENTIALS');
    const answer = await server.client().expectSuccess('auth.login', { email, password: PASSWORD });
    expect(answer).toMatchObject({ user: { id, email: address } });

    await server.client().expectSuccess('auth.forgotPassword', { email });
    const token = new URL(await server.newestLink(address)).searchParams.get('token');
    const newPassword = 'another quiet horse';
    await server.client().expectSuccess('auth.resetPassword', { token, newPassword });
    await server.client().expectSuccess('auth.login', { email, password: newPassword });
  });

  it('gets another link to prove it', async () => {
    const { id } = await insertUser(server, { emailVerified: false });
    await setAddress(id, '"unproven one"@existing.example');
    const email = '"Unproven One"@existing.example';
    await server.client().expectSuccess('auth.resendVerification', { email });
    const token = new URL(await server.newestLink(email.toLowerCase())).searchParams.get('token');
    await server.client().expectSuccess('auth.verifyEmail', { token, password: PASSWORD });
  });

  it('is refused for a new account, and as a new address', async () => {
    const [email, client] = ['"a b"@existing.example', (await insertUser(server)).client];
    const register = { email, password: PASSWORD, name: 'New' };
    const answers = [
      await server.client().call('auth.register', register),
      await client.call('auth.changeEmail', { newEmail: email }),
    ];
    expect(answers.map(({ code }) => code)).toEqual(['VALIDATION', 'VALIDATION']);
  });
});

describe('an international address', () => {
  it('is one account in either spelling, counted as one, and shown as its user would write it', async () => {
    const [typed, ascii] = ['ida@Bücher.example', 'ida@xn--bcher-kva.example'];
    const register = { email: typed, password: PASSWORD, name: 'Ida' };
    expect(await server.client().expectSuccess('auth.register', register)).toMatchObject({
      email: 'ida@bücher.example',
    });
    const again = await server.client().call('auth.register', { ...register, email: ascii });
    expect(again.code).toBe('EMAIL_ALREADY_REGISTERED');
    const token = new URL(await server.newestLink(ascii)).searchParams.get('token');
    await server.client().expectSuccess('auth.verifyEmail', { token, password: PASSWORD });
    for (const email of [typed, ascii]) {
      const signedIn = { email, password: PASSWORD };
      expect(await server.client().expectSuccess('auth.login', signedIn)).toMatchObject({
        user: { email: 'ida@bücher.example' },
      });
    }
    for (const email of [typed, ascii, typed, ascii, typed]) {
      await server.client().call('auth.login', { email, password: 'something else' });
    }
    const locked = await server.client().call('auth.login', { email: ascii, password: PASSWORD });
    expect(locked.code).toBe('ACCOUNT_LOCKED');
  });
});

describe('the address of a user who is marked as deleted', () => {
  it('neither signs in nor resets, and is another person’s once they sign up with it', async () => {
    const { id, email } = await insertUser(server);
    await markDeleted(id);
    const login = await server.client().call('auth.login', { email, password: PASSWORD });
    expect(login.code).toBe('INVALID_CREDENTIALS');
    await server.client().expectSuccess('auth.forgotPassword', { email });
    expect(await server.mailsTo(email)).toEqual([]);

    const answer = await (await server.signedInClient(email)).expectSuccess('auth.profile');
    expect(answer).toMatchObject({ user: { email, name: 'Test' } });
    const { rows } = await sql`
      select id, deleted_at is not null as is_deleted from auth.users where email like ${`%${email}`} order by 2
    `.execute(server.owner);
    expect(rows).toEqual([
      { id: expect.not.stringMatching(id), is_deleted: false },
      { id, is_deleted: true },
    ]);
  });

  it('can be given to another account', async () => {
    const gone = await insertUser(server);
    await markDeleted(gone.id);
    const { client } = await insertUser(server);
    await client.expectSuccess('auth.changeEmail', { newEmail: gone.email });
    const token = new URL(await server.newestLink(gone.email)).searchParams.get('token');
    await client.expectSuccess('auth.verifyEmail', { token });
    const login = { email: gone.email, password: PASSWORD };
    await server.client().expectSuccess('auth.login', login);
  });

  it('of a live user is never freed', async () => {
    const { email } = await insertUser(server);
    const register = { email, password: PASSWORD, name: 'New' };
    const answer = await server.client().call('auth.register', register);
    expect(answer.code).toBe('EMAIL_ALREADY_REGISTERED');
  });

  it('stays theirs without REUSE_DELETED_ADDRESSES', async () => {
    const strict = await startTestServer();
    try {
      const { id, email } = await insertUser(strict);
      await sql`update auth.users set deleted_at = now() where id = ${id}`.execute(strict.owner);
      const { client } = await insertUser(strict);
      const answers = [
        await strict.client().call('auth.register', { email, password: PASSWORD, name: 'New' }),
        await client.call('auth.changeEmail', { newEmail: email }),
      ];
      expect(answers.map(({ code }) => code)).toEqual([
        'EMAIL_ALREADY_REGISTERED',
        'EMAIL_ALREADY_REGISTERED',
      ]);
    } finally {
      await strict.close();
    }
  });
});
