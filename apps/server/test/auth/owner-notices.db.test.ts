import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertUser } from '../harness/insert-user.ts';
import { readEvents } from '../harness/read-events.ts';
import { PASSWORD, startTestServer, type TestServer } from '../harness/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** An account from last year: the owner of a new one isn't told about the first devices. */
async function insertOldAccount() {
  const user = await insertUser(server);
  await server.owner
    .updateTable('auth.users')
    .set({ created_at: new Date('2024-01-01') })
    .where('id', '=', user.id)
    .execute();
  return user;
}

const eventsOf = (userId: string) => readEvents(server, userId);

const subjectsTo = async (email: string) =>
  (await server.mailsTo(email)).map(({ subject }) => subject);

describe('a sign-in on a device that the account doesn’t know', () => {
  it('is reported to the owner and goes into the audit log, only the first time', async () => {
    const { id, email } = await insertOldAccount();
    const browser = server.client();
    for (let time = 0; time < 3; time += 1) {
      await browser.expectSuccess('auth.login', { email, password: PASSWORD });
      await browser.expectSuccess('auth.logout');
    }
    expect(await subjectsTo(email)).toEqual(['A new device signed in to your account']);
    const events = await eventsOf(id);
    expect(events.filter((type) => type === 'KNOWN_DEVICE_ADDED')).toHaveLength(1);
  });

  it('puts nothing that the caller wrote into the mail', async () => {
    const { email } = await insertOldAccount();
    const headers = { 'user-agent': 'click https://evil.example now' };
    await server.client().call('auth.login', { email, password: PASSWORD }, { headers });
    expect(await subjectsTo(email)).toHaveLength(1);
    expect(JSON.stringify(await server.mailsTo(email))).not.toContain('evil.example');
  });

  it('is not reported if the password was wrong', async () => {
    const { id, email } = await insertOldAccount();
    await server.client().call('auth.login', { email, password: 'not that one at all' });
    expect(await subjectsTo(email)).toEqual([]);
    expect(await eventsOf(id)).not.toContain('KNOWN_DEVICE_ADDED');
  });
});

describe('a lock', () => {
  it('is reported to the owner once a day, and to nobody for an address that nobody has', async () => {
    const { email } = await insertOldAccount();
    for (const address of [email, 'nobody@example.org']) {
      for (let attempt = 0; attempt < 8; attempt += 1) {
        await server
          .client()
          .call('auth.login', { email: address, password: `guess ${attempt} 123` });
      }
    }
    expect(await subjectsTo(email)).toEqual(['Somebody tried to guess your password']);
    expect(await subjectsTo('nobody@example.org')).toEqual([]);
  });
});
