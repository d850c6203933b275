import { asUser } from '@mana/db/client/user-context';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertNote } from '../harness/insert-note.ts';
import { insertPasskeyVault } from '../harness/insert-passkey-wrap.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('deleting an account', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('removes everything that is the user’s, in every table that names them', async () => {
    const user = await insertPasskeyVault(server);
    const { id, email, client } = user;
    await insertSecondFactor(server, user);
    await sql`insert into auth.known_devices (user_id, device_id) values (${id}, 'd')`.execute(
      server.owner,
    );
    await insertNote(server, id);
    await server.client().expectSuccess('auth.forgotPassword', { email });
    expect(await tablesThatName(id, email)).toEqual(
      new Set([
        'accounts',
        'encryption_vaults',
        'known_devices',
        'outbox',
        'passkeys',
        'vault_notes',
        'sessions',
        'two_factor_auth',
        'users',
        'vault_passkey_wraps',
        'verification',
      ]),
    );

    expect((await client.call('auth.deleteAccount')).data).toEqual({ deleted: true });
    await expect
      .poll(() => tablesThatName(id, email))
      // Only the audit log remembers that it happened.
      .toEqual(new Set(['security_events']));
  });

  it('signs out everywhere, clears the cookie, and lets nobody sign in any longer', async () => {
    const { email, client, signIn } = await insertUser(server);
    const other = (await signIn()).client;
    await client.expectSuccess('auth.deleteAccount');
    expect(client.cookies.has('mana.session_token')).toBe(false);
    expect((await other.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    const login = await server.client().call('auth.login', { email, password: PASSWORD });
    expect([login.status, login.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  it('frees the address, which starts afresh', async () => {
    const { id, email, client } = await insertUser(server);
    for (let i = 0; i < 4; i += 1) {
      await server.client().call('auth.login', { email, password: 'a wrong password' });
    }
    await client.expectSuccess('auth.deleteAccount');
    const again = server.client();
    await again.expectSuccess('auth.register', { email, password: PASSWORD, name: 'Anew' });
    const token = new URL(await server.newestLink(email)).searchParams.get('token');
    await again.expectSuccess('auth.verifyEmail', { token });
    // A fifth failure would lock the one before.
    const wrong = await server.client().call('auth.login', { email, password: 'a wrong one' });
    expect(wrong.code).toBe('INVALID_CREDENTIALS');
    await again.expectSuccess('auth.login', { email, password: PASSWORD });
    const { user } = (await again.expectSuccess('auth.profile')) as { user: { id: string } };
    expect(user.id).not.toBe(id);
  });

  it('tells the owner, and the audit log names who it was', async () => {
    const { id, email, client } = await insertUser(server);
    await client.expectSuccess('auth.deleteAccount');
    expect((await server.mailsTo(email)).map(({ subject }) => subject)).toEqual([
      'Your account was deleted',
    ]);
    await expect
      .poll(async () => {
        const rows = await server.owner
          .selectFrom('auth.security_events')
          .select('event_type')
          .where('user_id', '=', id)
          .execute();
        return rows.map((row) => row.event_type);
      })
      .toEqual(['ACCOUNT_DELETED']);
  });

  it('happens once, whichever of ten simultaneous calls is first', async () => {
    const { client } = await insertUser(server);
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        server.client().call('auth.deleteAccount', undefined, { headers: { cookie } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'TOKEN_EXPIRED')).toHaveLength(9);
  });

  /**
   * The tables of schema `auth` in which any column holds the id or the address. Attempts and lockouts are
   * kept by address, whether it has an account or not, until they are pruned.
   */
  async function tablesThatName(id: string, email: string): Promise<Set<string>> {
    const { rows } = await sql<{ table_name: string }>`
      select table_name from information_schema.tables
      where table_schema = 'auth' and table_name <> 'login_attempts' and table_name <> 'lockouts'
    `.execute(server.owner);
    const found = new Set<string>();
    for (const { table_name: name } of rows) {
      const { rows: named } = await asUser(server.owner, id, (trx) =>
        sql`
          select from ${sql.id('auth', name)} t
          where to_jsonb(t)::text like ${`%${id}%`} or to_jsonb(t)::text like ${`%${email}%`}
        `.execute(trx),
      );
      if (named.length > 0) found.add(name);
    }
    return found;
  }
});
