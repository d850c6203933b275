import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserSession } from '../../src/sessions/sessions.repository.ts';
import type { ApiClient } from '../harness/api-client.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

describe('the list of sessions', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({ now: () => now });
  });
  afterAll(() => server.close());

  async function list(client: ApiClient): Promise<UserSession[]> {
    const answer = await client.call('auth.sessions.list', undefined, { method: 'GET' });
    return (answer.data as { sessions: UserSession[] }).sessions;
  }

  it('says where and since when somebody is signed in, this session first', async () => {
    const email = freshEmail();
    const client = await server.signedInClient(email);
    now = new Date(now.getTime() + 60_000);
    const headers = { 'user-agent': 'a phone' };
    await server.client().call('auth.login', { email, password: PASSWORD }, { headers });
    const sessions = await list(client);
    expect(sessions.map(({ current }) => current)).toEqual([true, false]);
    expect(sessions[1]).toEqual({
      id: expect.any(String),
      createdAt: now,
      lastActiveAt: now,
      expiresAt: new Date(now.getTime() + 30 * 24 * 3600_000),
      ipAddress: '127.0.0.1',
      userAgent: 'a phone',
      current: false,
    });
  });

  it('holds no token, and nobody else’s session', async () => {
    const user = await insertUser(server);
    await insertUser(server);
    const answer = await user.client.call('auth.sessions.list', undefined, { method: 'GET' });
    expect((answer.data as { sessions: UserSession[] }).sessions.map(({ id }) => id)).toEqual([
      user.sessionId,
    ]);
    const token = user.client.cookies.get('mana.session_token')?.split('.')[0] ?? '-';
    expect(answer.text).not.toContain(token);
  });

  it('leaves out what has ended', async () => {
    const { client, sessionId, signIn } = await insertUser(server);
    const [expired, revoked] = [await signIn(), await signIn()];
    const update = server.owner.updateTable('auth.sessions');
    await update.set({ expires_at: now }).where('id', '=', expired.sessionId).execute();
    await update.set({ revoked_at: now }).where('id', '=', revoked.sessionId).execute();
    expect((await list(client)).map(({ id }) => id)).toEqual([sessionId]);
    for (const { sessionId: id } of [expired, revoked]) {
      expect((await client.call('auth.sessions.revoke', { id })).code).toBe('NOT_FOUND');
    }
    expect(await client.expectSuccess('auth.sessions.revokeOthers')).toEqual({ revoked: 0 });
  });

  it('S12: ends one of them, which is dead on the next call', async () => {
    const { client, signIn } = await insertUser(server);
    const other = await signIn();
    expect(await client.expectSuccess('auth.sessions.revoke', { id: other.sessionId })).toEqual({
      revoked: true,
    });
    expect((await other.client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    expect((await client.call('auth.profile')).status).toBe(200);
    const again = await client.call('auth.sessions.revoke', { id: other.sessionId });
    expect([again.status, again.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('can end the caller’s own session', async () => {
    const { client, sessionId } = await insertUser(server);
    await client.expectSuccess('auth.sessions.revoke', { id: sessionId });
    expect((await client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
  });

  it('never ends another user’s', async () => {
    const [user, other] = [await insertUser(server), await insertUser(server)];
    for (const id of [other.sessionId, 'nobody', "' or true --", '']) {
      const answer = await user.client.call('auth.sessions.revoke', { id });
      expect([answer.status, answer.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await user.client.call('auth.sessions.revoke', { id: 'a\u0000' })).code).toBe(
      'VALIDATION',
    );
    await user.client.expectSuccess('auth.sessions.revokeOthers');
    expect((await other.client.call('auth.profile')).status).toBe(200);
  });

  it('ends all others at once, and counts them', async () => {
    const { id, client, signIn } = await insertUser(server);
    const others = [await signIn(), await signIn(), await signIn()];
    expect(await client.expectSuccess('auth.sessions.revokeOthers')).toEqual({ revoked: 3 });
    for (const other of others) {
      expect((await other.client.call('auth.profile')).code).toBe('TOKEN_EXPIRED');
    }
    expect((await client.call('auth.profile')).status).toBe(200);
    expect(await client.expectSuccess('auth.sessions.revokeOthers')).toEqual({ revoked: 0 });
    await expect
      .poll(() =>
        server.owner
          .selectFrom('auth.security_events')
          .select(['event_type', 'metadata'])
          .where('user_id', '=', id)
          .execute(),
      )
      .toEqual([
        { event_type: 'SESSION_REVOKED', metadata: expect.objectContaining({ sessions: 3 }) },
      ]);
  });
});
