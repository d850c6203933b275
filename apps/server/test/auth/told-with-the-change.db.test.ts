import { type FaultProxy, startFaultProxy } from '@mana/db/testing/fault-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../harness/api-client.ts';
import { insertPasskey } from '../harness/insert-passkey.ts';
import { insertSecondFactor } from '../harness/insert-second-factor.ts';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import { insertVault } from '../harness/insert-vault.ts';
import { readEvents } from '../harness/read-events.ts';
import { freshEmail, PASSWORD, startTestServer, type TestServer } from '../harness/test-server.ts';

const NEW_PASSWORD = 'a new and louder horse';

interface Change {
  /** What it writes into the audit log; a vault has its own. */
  readonly event: string | null;
  /** The subject of the mail to the owner, at the address from before the change. */
  readonly subject: string | null;
  /** Text of the statement that commits it. */
  readonly commit: string;
  /** Prepares the change, and answers the call that makes it. */
  prepare(user: InsertedUser): Promise<() => Promise<Answer>>;
}

let server: TestServer;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await startTestServer({
    databaseUrl: async (url) => {
      const { hostname, port } = new URL(url);
      proxy = await startFaultProxy({ host: hostname, port: Number(port) });
      return proxy.url(url);
    },
  });
});
afterAll(async () => {
  await server.close();
  await proxy.close();
});

const tokenOf = (link: string) => new URL(link).searchParams.get('token');
const IN_TRANSACTION = { commit: 'commit' };

const changes: Record<string, Change> = {
  'a changed address': {
    ...IN_TRANSACTION,
    event: 'EMAIL_CHANGED',
    subject: 'Your email address was changed',
    async prepare({ client }) {
      const newEmail = freshEmail();
      await client.expectSuccess('auth.changeEmail', { newEmail });
      const token = tokenOf(await server.newestLink(newEmail));
      return () => client.call('auth.verifyEmail', { token });
    },
  },
  'an address about to change': {
    ...IN_TRANSACTION,
    event: null,
    subject: 'Your email address is about to change',
    async prepare({ client }) {
      return () => client.call('auth.changeEmail', { newEmail: freshEmail() });
    },
  },
  'a changed password': {
    ...IN_TRANSACTION,
    event: 'PASSWORD_CHANGED',
    subject: 'Your password was changed',
    async prepare({ client }) {
      const input = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
      return () => client.call('auth.changePassword', input);
    },
  },
  'a password reset': {
    ...IN_TRANSACTION,
    event: 'PASSWORD_CHANGED',
    subject: 'Your password was changed',
    async prepare({ email }) {
      await server.client().expectSuccess('auth.forgotPassword', { email });
      const input = { token: tokenOf(await server.newestLink(email)), newPassword: NEW_PASSWORD };
      return () => server.client().call('auth.resetPassword', input);
    },
  },
  'a backup code that is spent': {
    ...IN_TRANSACTION,
    event: 'BACKUP_CODE_USED',
    subject: 'A backup code was used to sign in',
    async prepare(user) {
      const { challenge, backupCodes } = await insertSecondFactor(server, user);
      const input = { challenge, code: backupCodes[0] };
      return () => server.client().call('auth.twoFactor.verifyBackupCode', input);
    },
  },
  'a second factor turned on': {
    ...IN_TRANSACTION,
    event: 'TWO_FACTOR_ENABLED',
    subject: 'Two-factor sign-in is on',
    async prepare(user) {
      const { code } = await insertSecondFactor(server, user, { enabled: false });
      return () => user.client.call('auth.twoFactor.confirm', { code: code() });
    },
  },
  'a second factor turned off': {
    ...IN_TRANSACTION,
    event: 'TWO_FACTOR_DISABLED',
    subject: 'Two-factor sign-in is off',
    async prepare(user) {
      await insertSecondFactor(server, user);
      return () => user.client.call('auth.twoFactor.disable');
    },
  },
  'new backup codes': {
    ...IN_TRANSACTION,
    event: 'BACKUP_CODES_REPLACED',
    subject: 'You have new backup codes',
    async prepare(user) {
      await insertSecondFactor(server, user);
      return () => user.client.call('auth.twoFactor.regenerateBackupCodes');
    },
  },
  'sessions that are ended': {
    ...IN_TRANSACTION,
    event: 'SESSION_REVOKED',
    subject: null,
    async prepare({ client, signIn }) {
      await signIn();
      return () => client.call('auth.sessions.revokeOthers');
    },
  },
  'a session that is ended': {
    ...IN_TRANSACTION,
    event: 'SESSION_REVOKED',
    subject: null,
    async prepare({ client, signIn }) {
      const { sessionId: id } = await signIn();
      return () => client.call('auth.sessions.revoke', { id });
    },
  },
  'a deleted account': {
    ...IN_TRANSACTION,
    event: 'ACCOUNT_DELETED',
    subject: 'Your account was deleted',
    async prepare({ client }) {
      return () => client.call('auth.deleteAccount');
    },
  },
  'a removed passkey': {
    ...IN_TRANSACTION,
    event: 'PASSKEY_REMOVED',
    subject: 'A passkey was removed from your account',
    async prepare(user) {
      const { passkeyId: id } = await insertPasskey(server, user);
      return () => user.client.call('passkeys.remove', { id });
    },
  },
  'a vault with a new key': {
    ...IN_TRANSACTION,
    event: null,
    subject: 'Your vault has a new key',
    async prepare({ id, client }) {
      await insertVault(server, id);
      return () => client.call('vault.rotate');
    },
  },
  'a sign-in on a new device': {
    commit: 'with settled',
    event: 'KNOWN_DEVICE_ADDED',
    subject: 'A new device signed in to your account',
    async prepare({ id, email }) {
      await server.owner
        .updateTable('auth.users')
        .set({ created_at: new Date('2024-01-01') })
        .where('id', '=', id)
        .execute();
      return () => server.client().call('auth.login', { email, password: PASSWORD });
    },
  },
};

describe.each(Object.entries(changes))('%s', (_name, { event, subject, commit, prepare }) => {
  /** How often the audit log and the mails tell of the change, where the connection is cut at its commit. */
  async function tellCutAt(when: 'before' | 'after'): Promise<number[]> {
    const user = await insertUser(server);
    const change = await prepare(user);
    await server.mailsTo(user.email);
    await proxy.setMode({ kind: 'cut', since: 'insert into', at: commit, when });
    const answer = await change();
    await proxy.setMode({ kind: 'pass' });
    expect(answer.code).toBe('SERVICE_UNAVAILABLE');
    const events = await readEvents(server, user.id);
    const mails = await server.mailsTo(user.email);
    return [
      ...(event === null ? [] : [events.filter((type) => type === event).length]),
      ...(subject === null ? [] : [mails.filter((mail) => mail.subject === subject).length]),
    ];
  }

  it('is told of if it was committed, although nobody got the answer', async () => {
    expect(new Set(await tellCutAt('after'))).toEqual(new Set([1]));
  });

  it('is not told of if it was not', async () => {
    expect(new Set(await tellCutAt('before'))).toEqual(new Set([0]));
  });
});
