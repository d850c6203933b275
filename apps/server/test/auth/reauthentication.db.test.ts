import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { insertUser } from '../harness/insert-user.ts';
import { readEvents } from '../harness/read-events.ts';
import type { TestServer } from '../harness/test-server.ts';
import { PASSWORD, startTestServer } from '../harness/test-server.ts';

const TEN_MINUTES_MS = 10 * 60_000;
/** Requires a fresh session, and changes nothing. */
const FRESH_CALL = 'vault.passkeyOptions';

describe('reauthenticating, with a second factor on,', () => {
  let server: TestServer;
  let now = new Date();

  beforeAll(async () => {
    server = await startTestServer({ now: () => now });
  });
  afterAll(() => server.close());

  async function newStaleUser() {
    const user = await insertUser(server);
    const factor = await insertSecondFactor(server, user);
    now = new Date(now.getTime() + TEN_MINUTES_MS + 1);
    return { ...user, ...factor };
  }

  const prove = (client: ApiClient, code?: string, password = PASSWORD) =>
    client.call('auth.reauthenticate', { password, ...(code !== undefined && { code }) });

  it('takes the password and a code of the app, which works once', async () => {
    const { client, signIn, code } = await newStaleUser();
    const other = (await signIn()).client;
    expect((await prove(client, code())).status).toBe(200);
    expect((await client.call(FRESH_CALL)).status).toBe(200);
    expect((await prove(other, code())).code).toBe('TWO_FACTOR_FAILED');
  });

  it('takes a backup code, once, and tells the owner', async () => {
    const { id, email, client, backupCodes } = await newStaleUser();
    expect((await prove(client, ` ${backupCodes[0]?.toUpperCase()} `)).status).toBe(200);
    expect((await client.call(FRESH_CALL)).status).toBe(200);
    expect((await prove(client, backupCodes[0])).code).toBe('TWO_FACTOR_FAILED');
    expect((await server.mailsTo(email)).at(-1)?.subject).toMatch(/backup code/);
    await expect.poll(() => readEvents(server, id)).toContain('BACKUP_CODE_USED');
  });

  it('the password alone asks for the code, and changes and counts nothing', async () => {
    const { client } = await newStaleUser();
    const cookies = new Map(client.cookies);
    for (let i = 0; i < 6; i += 1) {
      const answer = await prove(client);
      expect([answer.status, answer.code]).toEqual([401, 'TWO_FACTOR_REQUIRED']);
      expect(answer.error?.data.twoFactor).toEqual({ methods: ['totp', 'backupCode'] });
    }
    expect(client.cookies).toEqual(cookies);
    expect((await client.call(FRESH_CALL)).code).toBe('REAUTHENTICATION_REQUIRED');
    expect((await client.call('auth.twoFactor.disable')).code).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('a wrong password says nothing about the code, and uses none up', async () => {
    const { client, code } = await newStaleUser();
    expect((await prove(client, code(), 'a wrong horse')).code).toBe('INVALID_CREDENTIALS');
    expect((await prove(client, code())).status).toBe(200);
  });

  it('wrong codes count like wrong passwords', async () => {
    const { client, backupCodes } = await newStaleUser();
    for (let i = 0; i < 5; i += 1) {
      expect((await prove(client, '000000')).code).toBe('TWO_FACTOR_FAILED');
    }
    expect((await prove(client, backupCodes[0])).code).toBe('ACCOUNT_LOCKED');
  });

  it.each(['12345', '1234567', ''])('a slip in form such as “%s” is no attempt', async (code) => {
    const { client } = await newStaleUser();
    for (let i = 0; i < 6; i += 1) expect((await prove(client, code)).code).toBe('VALIDATION');
  });
});
