import { readCode } from '@mana/server/testing/authenticator-app';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthClient, createAuthClient } from '../src/client.ts';
import { createBrowserFetch } from './browser-fetch.fixture.ts';
import { type RunningServer, startRunningServer } from './running-server.fixture.ts';
import { dataOf } from './test-client.fixture.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startRunningServer();
});
afterAll(() => server.stop());

const password = 'a long enough sentence';
let count = 0;
let email: string;
let client: AuthClient;

beforeEach(async () => {
  count += 1;
  email = `owner${count}@example.org`;
  client = openBrowser();
  dataOf(await client.register({ email, password, name: 'Ada' }));
  dataOf(await client.verifyEmail({ token: await server.findMailedToken(email), password }));
  dataOf(await client.login({ email, password }));
});

function openBrowser(): AuthClient {
  return createAuthClient({ url: server.url, fetch: createBrowserFetch(server.url).fetch });
}

describe('the second step of a sign-in', () => {
  let secret: string;
  let backupCodes: string[];
  /** Each code works once. The next one is used a little early, which the server allows. */
  const readNextCode = () => readCode(secret, Date.now() + 30_000);

  beforeEach(async () => {
    ({ secret } = dataOf(await client.twoFactor.enable()));
    const code = readCode(secret, Date.now());
    ({ backupCodes } = dataOf(await client.twoFactor.confirm({ code })));
  });

  it('shows in the session as soon as it is turned on or off', async () => {
    expect(client.session.get()).toMatchObject({ user: { email, twoFactorEnabled: true } });
    expect(dataOf(await client.profile()).user.twoFactorEnabled).toBe(true);
    dataOf(await client.twoFactor.disable());
    expect(client.session.get()).toMatchObject({ user: { email, twoFactorEnabled: false } });
    dataOf(await openBrowser().login({ email, password }));
  });

  it('needs no secret in a browser that a script could read', async () => {
    const browser = openBrowser();
    expect(await browser.login({ email, password })).toMatchObject({
      code: 'TWO_FACTOR_REQUIRED',
      twoFactor: { methods: ['totp', 'backupCode'] },
    });
    expect(browser.session.get()).toEqual({ status: 'unknown' });
    expect(await browser.twoFactor.verifyTotp({ code: '000000' })).toMatchObject({
      code: 'TWO_FACTOR_FAILED',
    });
    const { user } = dataOf(await browser.twoFactor.verifyTotp({ code: readNextCode() }));
    expect(browser.session.get()).toEqual({ status: 'signed-in', user });
    expect(dataOf(await browser.profile()).user.email).toBe(email);
  });

  it('needs no challenge from the caller in Node', async () => {
    const node = createAuthClient({ url: server.url });
    const refused = await node.login({ email, password });
    expect(refused).toHaveProperty('twoFactor.challenge', expect.any(String));
    dataOf(await node.twoFactor.verifyBackupCode({ code: backupCodes[0] ?? '' }));
    expect(dataOf(await node.profile()).user.email).toBe(email);
  });

  it('belongs to the sign-in that it began with', async () => {
    const node = createAuthClient({ url: server.url });
    const code = backupCodes[0] ?? '';
    expect(await node.twoFactor.verifyBackupCode({ code })).toMatchObject({
      code: 'TOKEN_INVALID',
    });
    await node.login({ email, password });
    const other = { code, challenge: 'of somebody else' };
    expect(await node.twoFactor.verifyBackupCode(other)).toMatchObject({ code: 'TOKEN_INVALID' });
    dataOf(await node.twoFactor.verifyBackupCode({ code }));
  });

  it('accepts the new backup codes once they are replaced, and no old one', async () => {
    const fresh = dataOf(await client.twoFactor.regenerateBackupCodes()).backupCodes;
    const browser = openBrowser();
    await browser.login({ email, password });
    const old = await browser.twoFactor.verifyBackupCode({ code: backupCodes[0] ?? '' });
    expect(old).toMatchObject({ code: 'TWO_FACTOR_FAILED' });
    dataOf(await browser.twoFactor.verifyBackupCode({ code: fresh[0] ?? '' }));
  });
});

describe("the user's own account", () => {
  const newPassword = 'another long sentence';

  it('gets a new password, and other devices notice', async () => {
    const other = openBrowser();
    dataOf(await other.login({ email, password }));
    const wrong = { currentPassword: 'not this one', newPassword };
    expect(await client.changePassword(wrong)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const weak = { currentPassword: password, newPassword: 'short' };
    expect(await client.changePassword(weak)).toMatchObject({
      code: 'WEAK_PASSWORD',
      field: 'newPassword',
    });
    dataOf(await client.changePassword({ currentPassword: password, newPassword }));
    expect(client.session.get().status).toBe('signed-in');
    expect(await other.sessions.list()).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(other.session.get()).toEqual({ status: 'signed-out', ended: true });
    dataOf(await other.login({ email, password: newPassword }));
  });

  it('is reauthenticated without a new session', async () => {
    const before = dataOf(await client.getAccessToken()).accessToken;
    expect(await client.reauthenticate({ password: 'not this one' })).toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    expect(client.session.get().status).toBe('signed-in');
    const { accessToken } = dataOf(await client.reauthenticate({ password }));
    expect(accessToken).not.toBe(before);
    expect(dataOf(await client.getAccessToken()).accessToken).toBe(accessToken);
    expect(dataOf(await client.sessions.list()).sessions).toHaveLength(1);
  });

  it('is reset with a mailed link, which ends the session here too', async () => {
    expect(dataOf(await client.forgotPassword({ email }))).toEqual({ sent: true });
    const token = await server.findMailedToken(email);
    dataOf(await client.resetPassword({ token, newPassword }));
    expect(await client.resetPassword({ token, newPassword })).toMatchObject({
      code: 'TOKEN_INVALID',
    });
    expect(client.session.get().status).toBe('signed-in');
    expect(await client.profile()).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
    dataOf(await client.login({ email, password: newPassword }));
  });

  it('moves to a new address when the link sent there is opened', async () => {
    const newEmail = `new.${email}`;
    dataOf(await client.changeEmail({ newEmail }));
    expect(dataOf(await client.profile()).user.email).toBe(email);
    const token = await server.findMailedToken(newEmail);
    dataOf(await client.verifyEmail({ token }));
    expect(dataOf(await client.profile()).user.email).toBe(newEmail);
    expect(client.session.get()).toMatchObject({ user: { email: newEmail } });
  });

  it('lists its sessions and ends them', async () => {
    const [one, two] = [openBrowser(), openBrowser()];
    for (const browser of [one, two]) dataOf(await browser.login({ email, password }));
    const { sessions } = dataOf(await client.sessions.list());
    expect(sessions.map(({ current }) => current)).toEqual([true, false, false]);
    expect(sessions[0]?.createdAt).toBeInstanceOf(Date);
    dataOf(await client.sessions.revoke({ id: sessions[1]?.id ?? '' }));
    expect(await client.sessions.revoke({ id: sessions[1]?.id ?? '' })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(dataOf(await client.sessions.revokeOthers())).toEqual({ revoked: 1 });
    for (const browser of [one, two]) expect((await browser.profile()).success).toBe(false);
    expect((await client.profile()).success).toBe(true);
  });

  it('shows what happened to it, a page at a time', async () => {
    dataOf(await client.sessions.revokeOthers());
    for (const name of ['wrong one', 'wrong two']) await client.reauthenticate({ password: name });
    await expect
      .poll(async () => dataOf(await client.securityEvents()).events.at(-1))
      .toMatchObject({ type: 'LOGIN_FAILURE', count: 2, lastAt: expect.any(Date) });
    const { events, nextCursor } = dataOf(await client.securityEvents({ limit: 1 }));
    expect(events).toMatchObject([{ count: 1, createdAt: expect.any(Date) }]);
    const older = dataOf(await client.securityEvents({ cursor: nextCursor ?? '', limit: 1 }));
    expect(older.events).toHaveLength(1);
    expect(older.events[0]?.id).not.toBe(events[0]?.id);
  });

  it('is deleted, and nobody is signed in to it any longer', async () => {
    const other = openBrowser();
    dataOf(await other.login({ email, password }));
    expect(dataOf(await client.deleteAccount())).toEqual({ deleted: true });
    expect(client.session.get()).toEqual({ status: 'signed-out' });
    expect(dataOf(await client.restore())).toBeNull();
    expect(await other.deleteAccount()).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(other.session.get()).toEqual({ status: 'signed-out', ended: true });
    expect(await client.login({ email, password })).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });
});

it('says whether accounts can be created today', async () => {
  expect(dataOf(await client.signupStatus())).toEqual({
    open: true,
    limit: null,
    remaining: null,
    opensAt: null,
  });
});
