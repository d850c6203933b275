import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createSignedIn,
  type FaultServer,
  sendFailure,
  sendResult,
  startFaultServer,
} from '../../test/fault-server.fixture.ts';
import { createTestClient, dataOf } from '../../test/test-client.fixture.ts';

const credentials = { email: 'ada@example.org', password: 'a long enough sentence' };

let server: FaultServer;
let channels: BroadcastChannel[];
beforeEach(async () => {
  server = await startFaultServer();
  channels = [];
});
afterEach(async () => {
  for (const channel of channels) channel.close();
  await server.stop();
});

function openTab() {
  return createTestClient(server.url, {
    tabPlatform: { createChannel: openChannel, locks: navigator.locks },
  });
}

function openChannel(name: string): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channels.push(channel);
  return channel;
}

async function signIn(client = createTestClient(server.url), name = 'ada') {
  server.respondWith((_call, response) => sendResult(response, createSignedIn(name)));
  dataOf(await client.login(credentials));
  return client;
}

type Client = ReturnType<typeof createTestClient>;

const note = { id: 'one', title: 'enc:2:1.a.b', body: 'enc:2:1.a.b' };

/** Calls made by somebody who is signed in. */
const sessionCalls: readonly [string, (client: Client) => Promise<{ success: boolean }>][] = [
  ['auth.changeEmail', (client) => client.changeEmail({ newEmail: 'a@example.org' })],
  [
    'auth.changePassword',
    (client) => client.changePassword({ currentPassword: 'one', newPassword: 'other' }),
  ],
  ['auth.deleteAccount', (client) => client.deleteAccount()],
  ['auth.reauthenticate', (client) => client.reauthenticate({ password: 'one' })],
  ['auth.sessions.list', (client) => client.sessions.list()],
  ['auth.sessions.revoke', (client) => client.sessions.revoke({ id: 'one' })],
  ['auth.sessions.revokeOthers', (client) => client.sessions.revokeOthers()],
  ['auth.securityEvents', (client) => client.securityEvents()],
  ['auth.twoFactor.enable', (client) => client.twoFactor.enable()],
  ['auth.twoFactor.confirm', (client) => client.twoFactor.confirm({ code: '123456' })],
  ['auth.twoFactor.regenerateBackupCodes', (client) => client.twoFactor.regenerateBackupCodes()],
  ['auth.twoFactor.disable', (client) => client.twoFactor.disable()],
  ['notes.list', (client) => client.notes.list()],
  ['notes.create', (client) => client.notes.create(note)],
  ['notes.update', (client) => client.notes.update({ ...note, revision: 1 })],
  ['notes.remove', (client) => client.notes.remove({ id: 'one' })],
];

/** Calls that give the session a new id and token. */
const replacingCalls: typeof sessionCalls = [
  ...sessionCalls.filter(([name]) =>
    /changePassword|confirm|regenerateBackupCodes|disable/.test(name),
  ),
  ['passkeys.remove', (client) => client.passkeys.remove({ id: 'one' })],
];

/** Calls with a token that isn't the session's. */
const tokenCalls: typeof sessionCalls = [
  ['resetPassword', (client) => client.resetPassword({ token: 'one', newPassword: 'other' })],
  ['verifyEmail', (client) => client.verifyEmail({ token: 'one' })],
  ['undoEmailChange', (client) => client.undoEmailChange({ token: 'one' })],
  ['unlock', (client) => client.unlock({ token: 'one' })],
  ['twoFactor.verifyTotp', (client) => client.twoFactor.verifyTotp({ code: '123456' })],
  ['twoFactor.verifyBackupCode', (client) => client.twoFactor.verifyBackupCode({ code: 'abc' })],
];

describe.each(sessionCalls)('%s', (name, call) => {
  it('calls its procedure, and ends the session when the server says that it has ended', async () => {
    const client = await signIn();
    server.respondWith((_call, response) => sendFailure(response, 401, { code: 'TOKEN_EXPIRED' }));
    expect(await call(client)).toMatchObject({ success: false, code: 'TOKEN_EXPIRED' });
    expect(client.session.get()).toEqual({ status: 'signed-out', ended: true });
    expect(server.calls.at(-1)).toBe(name);
  });

  it("doesn't end the session in an outage, or when proof is required first", async () => {
    const client = await signIn();
    for (const [status, code] of [
      [503, 'SERVICE_UNAVAILABLE'],
      [403, 'REAUTHENTICATION_REQUIRED'],
    ] as const) {
      server.respondWith((_call, response) => sendFailure(response, status, { code }));
      expect(await call(client)).toMatchObject({ success: false, code });
    }
    expect(client.session.get().status).toBe('signed-in');
  });

  it('is an outage when the response lacks what was asked for', async () => {
    const client = await signIn();
    server.respondWith((_call, response) => sendResult(response, {}));
    expect(await call(client)).toMatchObject({ success: false, code: 'SERVICE_UNAVAILABLE' });
    expect(client.session.get().status).toBe('signed-in');
  });
});

describe.each(tokenCalls)('%s', (_name, call) => {
  it.each(['TOKEN_EXPIRED', 'TOKEN_INVALID'])("doesn't end the session with %s", async (code) => {
    const client = await signIn();
    server.respondWith((_call, response) => sendFailure(response, 401, { code }));
    expect(await call(client)).toMatchObject({ success: false, code });
    expect(client.session.get().status).toBe('signed-in');
  });
});

describe('tabs of one origin', () => {
  it('hear of a sign-in after its second step', async () => {
    const [one, other] = [openTab(), openTab()];
    server.respondWith((_call, response) => sendResult(response, createSignedIn('ada')));
    dataOf(await one.twoFactor.verifyTotp({ code: '123456' }));
    await expect.poll(() => other.session.get()).toMatchObject({ user: { id: 'ada' } });
  });

  it('use the token that reauthenticating in one of them returned', async () => {
    const [one, other] = [openTab(), openTab()];
    await signIn(one);
    await expect.poll(() => other.session.get().status).toBe('signed-in');
    const { accessToken } = dataOf(await one.reauthenticate({ password: 'one' }));
    const tokenOfOther = async () => dataOf(await other.getAccessToken()).accessToken;
    await expect.poll(tokenOfOther).toBe(accessToken);
    expect(server.calls).toEqual(['auth.login', 'auth.reauthenticate']);
  });

  it('notice nothing when a proof gives the session a new id, and use its new token', async () => {
    const [one, other] = [openTab(), openTab()];
    server.respondWith((call, response) => {
      const proof = call === 'auth.login' ? { sid: 'a', auth_time: 1 } : { sid: 'b', auth_time: 2 };
      sendResult(response, createSignedIn('ada', proof));
    });
    dataOf(await one.login(credentials));
    await expect.poll(() => other.session.get().status).toBe('signed-in');
    const states: unknown[] = [];
    other.session.subscribe((state) => states.push(state));
    const { accessToken } = dataOf(await one.reauthenticate({ password: 'one' }));
    const tokenOfOther = async () => dataOf(await other.getAccessToken()).accessToken;
    await expect.poll(tokenOfOther).toBe(accessToken);
    server.respondWith((_call, response) => sendResult(response, { signedOut: true }));
    dataOf(await one.logout());
    await expect.poll(() => other.session.get()).toEqual({ status: 'signed-out' });
    expect(states).toEqual([{ status: 'signed-out' }]);
  });

  it.each(replacingCalls)(
    'get a new access token once %s has replaced the session',
    async (_name, call) => {
      const [one, other] = [openTab(), openTab()];
      const renewed = createSignedIn('ada', { sid: 'b', auth_time: 1 });
      server.respondWith((path, response) => {
        if (path === 'auth.login') {
          return sendResult(response, createSignedIn('ada', { sid: 'a', auth_time: 1 }));
        }
        if (path === 'auth.refresh') return sendResult(response, renewed);
        sendResult(response, { changed: true, backupCodes: [], disabled: true, removed: true });
      });
      dataOf(await one.login(credentials));
      await expect.poll(() => other.session.get().status).toBe('signed-in');
      expect(await call(one)).toMatchObject({ success: true });
      for (const tab of [one, other]) {
        await expect
          .poll(async () => dataOf(await tab.getAccessToken()).accessToken)
          .toBe(renewed.accessToken);
      }
      expect(server.calls.filter((path) => path === 'auth.refresh')).toHaveLength(1);
    },
  );

  it('all sign out of a deleted account', async () => {
    const [one, other] = [openTab(), openTab()];
    await signIn(one);
    await expect.poll(() => other.session.get().status).toBe('signed-in');
    server.respondWith((_call, response) => sendResult(response, { deleted: true }));
    dataOf(await one.deleteAccount());
    expect(one.session.get()).toEqual({ status: 'signed-out' });
    await expect.poll(() => other.session.get()).toEqual({ status: 'signed-out' });
  });
});

it.each(sessionCalls)(
  '%s changes nothing for somebody who signed in meanwhile',
  async (name, call) => {
    const client = await signIn();
    const overtaken = Promise.withResolvers<void>();
    server.respondWith(async (path, response) => {
      if (path !== name) return sendResult(response, createSignedIn('grace'));
      await overtaken.promise;
      if (name === 'auth.reauthenticate') sendResult(response, createSignedIn('ada'));
      else sendResult(response, { deleted: true, backupCodes: [], disabled: true });
    });
    const called = call(client);
    await expect.poll(() => server.calls).toContain(name);
    dataOf(await client.login(credentials));
    overtaken.resolve();
    await called;
    expect(client.session.get()).toMatchObject({ user: { id: 'grace', twoFactorEnabled: false } });
  },
);
