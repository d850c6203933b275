import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import { insertPasskey } from '../harness/insert-passkey.ts';
import type { InsertedUser } from '../harness/insert-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import { signInWithPasskey } from '../harness/passkey-sign-in.ts';
import { procedurePaths } from '../harness/procedure-calls.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';

interface Listed {
  readonly passkeys: readonly { id: string; name: string }[];
  readonly rpId: string;
  readonly userHandle: string;
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

async function list(client: ApiClient): Promise<Listed> {
  return (await client.expectSuccess('passkeys.list')) as Listed;
}

async function takePasswordAway({ id }: InsertedUser): Promise<void> {
  await server.owner.deleteFrom('auth.accounts').where('user_id', '=', id).execute();
}

describe('the list of passkeys', () => {
  it('is empty without passkeys, and has the handle by which authenticators know the user', async () => {
    const { client } = await insertUser(server);
    const { user } = (await client.expectSuccess('passkeys.registerOptions')) as {
      user: { id: string };
    };
    expect(await list(client)).toEqual({ passkeys: [], rpId: 'localhost', userHandle: user.id });
  });

  it('shows what is known of each, oldest first, and no key', async () => {
    const user = await insertUser(server);
    const first = await insertPasskey(server, user);
    const second = await insertPasskey(server, user);
    await server.owner
      .updateTable('auth.passkeys')
      .set({ name: null, aaguid: null, device_type: 'singleDevice', transports: null })
      .set({ created_at: new Date(Date.now() + 1000), backed_up: false })
      .where('id', '=', second.passkeyId)
      .execute();
    await signInWithPasskey(server, first.passkey);
    const answer = await user.client.call('passkeys.list');
    expect(answer.data).toMatchObject({
      passkeys: [
        {
          id: first.passkeyId,
          name: 'Inserted',
          authenticatorName: 'Apple Passwords',
          kind: 'synced',
          lastUsedAt: expect.any(Date),
        },
        {
          id: second.passkeyId,
          name: 'Passkey',
          authenticatorName: null,
          kind: 'device-bound',
          backedUp: false,
          transports: [],
          lastUsedAt: null,
        },
      ],
    });
    expect(answer.text).not.toMatch(/public|counter/i);
  });
});

describe('renaming a passkey', () => {
  it('keeps the new name, trimmed', async () => {
    const user = await insertUser(server);
    const { passkeyId } = await insertPasskey(server, user);
    const renamed = await user.client.expectSuccess('passkeys.rename', {
      id: passkeyId,
      name: '  Grandmother’s tablet ',
    });
    expect(renamed).toMatchObject({ passkey: { id: passkeyId, name: 'Grandmother’s tablet' } });
    expect((await list(user.client)).passkeys[0]?.name).toBe('Grandmother’s tablet');
  });

  it.each(['', '   ', 'x'.repeat(101), 'a\nb', 'a\0b'])('to %j is VALIDATION', async (name) => {
    const user = await insertUser(server);
    const { passkeyId } = await insertPasskey(server, user);
    const answer = await user.client.call('passkeys.rename', { id: passkeyId, name });
    expect([answer.code, answer.error?.data.field]).toEqual(['VALIDATION', 'name']);
    expect((await list(user.client)).passkeys[0]?.name).toBe('Inserted');
  });
});

describe('removing a passkey', () => {
  it('ends sign-ins with it, is recorded, and the owner gets a mail', async () => {
    const user = await insertUser(server);
    const { passkey, passkeyId } = await insertPasskey(server, user);
    expect(await user.client.expectSuccess('passkeys.remove', { id: passkeyId })).toEqual({
      removed: true,
    });
    const answer = await signInWithPasskey(server, passkey);
    expect(answer.code).toBe('PASSKEY_VERIFICATION_FAILED');
    expect(answer.error?.data).toMatchObject({ unknownCredential: true });
    const mail = (await server.mailsTo(user.email)).at(-1);
    expect(mail?.subject).toContain('passkey was removed');
    expect(mail?.text).toContain('"Inserted"');
    await server.deps.securityEvents.drain();
    expect(await user.client.expectSuccess('auth.securityEvents')).toMatchObject({
      events: [{ type: 'PASSKEY_REMOVED' }],
    });
    expect((await user.client.call('passkeys.remove', { id: passkeyId })).code).toBe('NOT_FOUND');
  });

  it('leaves an account without a password its last one', async () => {
    const user = await insertUser(server);
    const first = await insertPasskey(server, user);
    const second = await insertPasskey(server, user);
    await takePasswordAway(user);
    await user.client.expectSuccess('passkeys.remove', { id: first.passkeyId });
    const answer = await user.client.call('passkeys.remove', { id: second.passkeyId });
    expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
    expect(answer.error?.message).toContain('only way into your account');
    expect((await signInWithPasskey(server, second.passkey)).status).toBe(200);
  });

  it('of the last two of such an account, removed at once, leaves one', async () => {
    const user = await insertUser(server);
    const both = [await insertPasskey(server, user), await insertPasskey(server, user)];
    await takePasswordAway(user);
    const clients = [user.client, (await user.signIn()).client];
    const answers = await Promise.all(
      both.map(({ passkeyId: id }, i) => clients[i]?.call('passkeys.remove', { id })),
    );
    expect(answers.map((answer) => answer?.code ?? 'removed').toSorted()).toEqual([
      'VALIDATION',
      'removed',
    ]);
    expect((await list(user.client)).passkeys).toHaveLength(1);
  });

  it('while somebody signs in with it leaves no session behind', async () => {
    const user = await insertUser(server);
    for (let round = 0; round < 10; round += 1) {
      const { passkey, passkeyId } = await insertPasskey(server, user);
      const [signIn, removal] = await Promise.all([
        signInWithPasskey(server, passkey),
        user.client.call('passkeys.remove', { id: passkeyId }),
      ]);
      expect(removal.status).toBe(200);
      expect([200, 401]).toContain(signIn.status);
    }
  });
});

describe('PASSKEYS=off', () => {
  let without: TestServer;
  beforeAll(async () => {
    without = await startTestServer({ environment: { PASSKEYS: 'off' } });
  });
  afterAll(() => without.close());

  it('is reported by `capability`, and every other procedure answers PASSKEY_NOT_ENABLED to anybody', async () => {
    const user = await insertUser(without);
    expect(await user.client.expectSuccess('passkeys.capability')).toEqual({
      enabled: false,
      conditionalUIAvailable: false,
      rpId: 'localhost',
    });
    const names = procedurePaths.flatMap(
      (path) => path.match(/^passkeys\.(?!capability)(.+)/)?.[1] ?? [],
    );
    expect(names).toContain('reauthenticateVerify');
    for (const name of names) {
      for (const client of [user.client, without.client()]) {
        const answer = await client.call(`passkeys.${name}`, {});
        expect([name, answer.status, answer.code]).toEqual([name, 404, 'PASSKEY_NOT_ENABLED']);
      }
    }
  });
});
