import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken } from '../../src/domains/auth/tokens/single-use-tokens.service.ts';
import type { ApiClient } from '../harness/api-client.ts';
import { readCode } from '../harness/authenticator-app.ts';
import { type InsertedUser, insertUser } from '../harness/insert-user.ts';
import { createPasskey } from '../harness/software-authenticator.ts';
import type { TestServer } from '../harness/test-server.ts';
import { freshEmail, PASSWORD, startTestServer } from '../harness/test-server.ts';

const NEW_PASSWORD = 'a new and louder horse';

let server: TestServer;
const now = new Date();

beforeAll(async () => {
  server = await startTestServer({ now: () => now });
});
afterAll(() => server.close());

/** Asks for a change, and answers what confirms it. */
type Ask = (
  client: ApiClient,
) => Promise<(client: ApiClient) => Promise<{ code: string | undefined }>>;

const pendingChanges: Readonly<Record<string, Ask>> = {
  async 'another address'(client) {
    const newEmail = freshEmail();
    await client.expectSuccess('auth.changeEmail', { newEmail });
    const token = new URL(await server.newestLink(newEmail)).searchParams.get('token');
    return (other) => other.call('auth.verifyEmail', { token });
  },
  async 'a second factor'(client) {
    const { secret } = (await client.expectSuccess('auth.twoFactor.enable')) as { secret: string };
    return (other) =>
      other.call('auth.twoFactor.confirm', { code: readCode(secret, now.getTime()) });
  },
  async 'a passkey'(client) {
    const options = await client.expectSuccess('passkeys.registerOptions', {});
    const response = createPasskey().attest((options as { challenge: string }).challenge);
    return (other) => other.call('passkeys.registerVerify', { response });
  },
};

interface Asked {
  readonly user: InsertedUser;
  /** The session that asked, and one that its owner uses. */
  readonly asker: { readonly client: ApiClient; readonly sessionId: string };
  readonly owner: ApiClient;
}

const changePassword = (client: ApiClient) =>
  client.expectSuccess('auth.changePassword', {
    currentPassword: PASSWORD,
    newPassword: NEW_PASSWORD,
    revokeOtherSessions: false,
  });

const updateAsker = ({ asker }: Asked, change: { expires_at: Date } | { revoked_at: Date }) =>
  server.owner.updateTable('auth.sessions').set(change).where('id', '=', asker.sessionId).execute();

const endings: Readonly<Record<string, (asked: Asked) => Promise<unknown>>> = {
  'signs out': ({ asker }) => asker.client.expectSuccess('auth.logout'),
  'is ended from the list': ({ owner, asker }) =>
    owner.expectSuccess('auth.sessions.revoke', { id: asker.sessionId }),
  'is ended with all others': ({ owner }) => owner.expectSuccess('auth.sessions.revokeOthers'),
  expires: (asked) => updateAsker(asked, { expires_at: now }),
  'is revoked by another program': (asked) => updateAsker(asked, { revoked_at: now }),
  'changes the password': ({ asker }) => changePassword(asker.client),
  'sees the password change': ({ owner }) => changePassword(owner),
  async 'sees the password reset'({ user: { id: userId, email } }) {
    const subject = { purpose: 'password-reset', userId, email } as const;
    const token = await issueToken(server.owner, subject, { from: now, ttlSeconds: 60 });
    await server.client().expectSuccess('auth.resetPassword', { token, newPassword: NEW_PASSWORD });
  },
};

async function askFor(kind: string) {
  const user = await insertUser(server);
  const asker = await user.signIn();
  const confirm = await pendingChanges[kind]?.(asker.client);
  if (!confirm) throw new Error(kind);
  return { user, asker, owner: user.client, confirm };
}

describe.each(Object.keys(pendingChanges))('%s that a session has asked for', (kind) => {
  it.each(Object.keys(endings))('is not to be had once that session %s', async (ending) => {
    const { confirm, ...asked } = await askFor(kind);
    await endings[ending]?.(asked);
    const { client: later } = await asked.user.signIn();
    for (const client of [asked.asker.client, asked.owner, later]) {
      expect((await confirm(client)).code).toMatch(
        /^(TOKEN_INVALID|TOKEN_EXPIRED|UNAUTHORIZED|VALIDATION|PASSKEY_VERIFICATION_FAILED)$/,
      );
    }
  });

  it('comes all the same if that session gets a new token meanwhile', async () => {
    const { asker, confirm } = await askFor(kind);
    await asker.client.expectSuccess('auth.reauthenticate', { password: PASSWORD });
    expect((await confirm(asker.client)).code).toBeUndefined();
  });
});

it.each(['a second factor', 'a passkey'])('%s is confirmed by no other session', async (kind) => {
  const { asker, owner, confirm } = await askFor(kind);
  expect((await confirm(owner)).code).toMatch(/^(VALIDATION|PASSKEY_VERIFICATION_FAILED)$/);
  expect((await confirm(asker.client)).code).toBeUndefined();
});
