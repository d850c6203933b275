import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InsertedUser } from '../harness/insert-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const TEN_MINUTES_MS = 10 * 60_000;

/** What changes how to get into an account, with an input that would succeed. */
const calls: Record<string, () => unknown> = {
  'auth.changeEmail': () => ({ newEmail: freshEmail() }),
  'auth.changePassword': () => ({ currentPassword: PASSWORD, newPassword: 'a louder horse' }),
  'auth.deleteAccount': () => undefined,
  'auth.twoFactor.enable': () => undefined,
};

describe('S13: what changes how to get into an account', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({ now: () => now });
  });
  afterAll(() => server.close());

  async function agedUser(ageMs: number): Promise<InsertedUser> {
    const user = await insertUser(server);
    now = new Date(now.getTime() + ageMs);
    return user;
  }

  it.each(Object.keys(calls))('%s requires a session proven within ten minutes', async (path) => {
    const input = calls[path]?.();
    const { client } = await agedUser(TEN_MINUTES_MS + 1);
    const stale = await client.call(path, input);
    expect([stale.status, stale.code]).toEqual([403, 'REAUTHENTICATION_REQUIRED']);
    // The session itself goes on, and the password makes it fresh again.
    expect((await client.call('auth.profile')).status).toBe(200);
    await client.expectSuccess('auth.reauthenticate', { password: PASSWORD });
    expect((await client.call(path, input)).status).toBe(200);
  });

  it.each(Object.keys(calls))('%s works with a session that is just fresh enough', async (path) => {
    const { client } = await agedUser(TEN_MINUTES_MS);
    expect((await client.call(path, calls[path]?.())).status).toBe(200);
  });

  it.each(Object.keys(calls))('%s isn’t made fresh by refreshing the session', async (path) => {
    const { client } = await agedUser(TEN_MINUTES_MS + 1);
    await client.expectSuccess('auth.refresh');
    expect((await client.call(path, calls[path]?.())).code).toBe('REAUTHENTICATION_REQUIRED');
  });

  it.each(Object.keys(calls))('%s is refused to anybody who isn’t signed in', async (path) => {
    expect((await server.client().call(path, calls[path]?.())).code).toBe('UNAUTHORIZED');
  });
});
