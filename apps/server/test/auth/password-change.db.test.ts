import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { commitDuring } from '../harness/hold-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const NEW_PASSWORD = 'a new and louder horse';

describe('S13: changing the password', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  const change = (client: ApiClient, input: Record<string, unknown> = {}) =>
    client.call('auth.changePassword', {
      currentPassword: PASSWORD,
      newPassword: NEW_PASSWORD,
      ...input,
    });

  const login = (email: string, password: string) =>
    server.client().call('auth.login', { email, password });

  it('ends the other sessions, keeps this one, and tells the owner', async () => {
    const { email, client, signIn } = await insertUser(server);
    const other = (await signIn()).client;
    expect((await change(client)).data).toEqual({ changed: true });
    expect((await client.call('auth.profile')).status).toBe(200);
    expect((await other.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    expect((await login(email, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
    expect((await login(email, NEW_PASSWORD)).status).toBe(200);
    expect((await server.mailsTo(email))[0]?.subject).toBe('Your password was changed');
  });

  it('leaves the other sessions if asked to', async () => {
    const { client, signIn } = await insertUser(server);
    const other = (await signIn()).client;
    expect((await change(client, { revokeOtherSessions: false })).status).toBe(200);
    expect((await other.call('auth.profile')).status).toBe(200);
  });

  it('is in the audit log, and so are the sessions that ended', async () => {
    const { id, client, signIn } = await insertUser(server);
    await signIn();
    await change(client);
    await expect
      .poll(async () => {
        const rows = await server.owner
          .selectFrom('auth.security_events')
          .select('event_type')
          .where('user_id', '=', id)
          .execute();
        return rows.map((row) => row.event_type).toSorted();
      })
      .toEqual(['PASSWORD_CHANGED', 'SESSION_REVOKED']);
  });

  it('S21: requires the current one, and a wrong one counts like a failed sign-in', async () => {
    const { email, client } = await insertUser(server);
    for (let i = 0; i < 5; i += 1) {
      const answer = await change(client, { currentPassword: 'a wrong password' });
      expect([answer.status, answer.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    }
    expect((await change(client)).code).toBe('ACCOUNT_LOCKED');
    expect((await login(email, PASSWORD)).code).toBe('ACCOUNT_LOCKED');
    expect((await server.mailsTo(email)).map(({ subject }) => subject)).not.toContain(
      'Your password was changed',
    );
  });

  it.each([
    ['short', 'short'],
    ['common', 'password123'],
  ])('to a %s one is WEAK_PASSWORD, and no attempt', async (_name, newPassword) => {
    const { email, client } = await insertUser(server);
    for (let i = 0; i < 6; i += 1) {
      const answer = await change(client, { currentPassword: 'wrong', newPassword });
      expect([answer.code, answer.error?.data.field]).toEqual(['WEAK_PASSWORD', 'newPassword']);
    }
    expect((await login(email, PASSWORD)).status).toBe(200);
  });

  it('gives no password to somebody who never had one', async () => {
    const { id, client } = await insertUser(server);
    await sql`delete from auth.accounts where user_id = ${id}`.execute(server.owner);
    expect((await change(client)).code).toBe('INVALID_CREDENTIALS');
  });

  it('is not undone by a call that was in progress when a reset ended its session', async () => {
    const { id, email, client } = await insertUser(server);
    const answer = await commitDuring(
      server,
      id,
      (trx) => trx.deleteFrom('auth.sessions').where('user_id', '=', id).execute(),
      () => change(client),
    );
    expect(answer.code).toBe('TOKEN_EXPIRED');
    expect((await login(email, PASSWORD)).status).toBe(200);
  });

  it('voids every attempt in progress, which may have seen the old password', async () => {
    const { email, client } = await insertUser(server);
    const pending = [{ id: 'a sign-in', untilMs: Date.now() + 10_000 }];
    const unknown = { failedAtMs: [], pending, lockedUntilMs: null };
    const state = JSON.stringify({ buckets: { unknown }, consecutiveFailures: 0 });
    await server.owner
      .insertInto('auth.lockouts')
      .values({ email, state, version: 1, expires_at: new Date(Date.now() + 60_000) })
      .execute();
    expect((await change(client)).status).toBe(200);
    const row = await server.owner
      .selectFrom('auth.lockouts')
      .select('state')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    expect(row.state).toEqual({ buckets: {}, consecutiveFailures: 0 });
  });

  it('happens completely or not at all', async () => {
    const { email, client, signIn } = await insertUser(server);
    const other = (await signIn()).client;
    await sql`alter table auth.accounts rename column updated_at to is_gone`.execute(server.owner);
    expect((await change(client)).code).toBe('SERVICE_UNAVAILABLE');
    await sql`alter table auth.accounts rename column is_gone to updated_at`.execute(server.owner);
    expect((await other.call('auth.profile')).status).toBe(200);
    expect((await login(email, PASSWORD)).status).toBe(200);
    expect((await server.mailsTo(email)).map(({ subject }) => subject)).not.toContain(
      'Your password was changed',
    );
  });
});
