import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { parseUserId } from '@mana/auth-core/vault/keys/ids';
import { openPasskeyWrap } from '@mana/auth-core/vault/wraps/passkey-wrap';
import { asUser } from '@mana/db/client/user-context';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../harness/api-client.ts';
import {
  insertPasskeyVault,
  insertPrfPasskey,
  makePasskeyWrap,
  type PasskeyOfVault,
} from '../harness/insert-passkey-wrap.ts';
import { insertUser } from '../harness/insert-user.ts';
import { insertVault, proveKey } from '../harness/insert-vault.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';
import { auditOf } from '../harness/vault-of.ts';

interface Released {
  readonly generation: number;
  readonly wraps: readonly {
    readonly passkeyId: string;
    readonly credentialId: string;
    readonly transports: readonly string[];
    readonly wrappedMk: string;
    readonly wrapIv: string;
    readonly formatVersion: number;
  }[];
}

let server: TestServer;
let clockOffsetMs = 0;

beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(Date.now() + clockOffsetMs) });
});
afterEach(() => {
  clockOffsetMs = 0;
});
afterAll(() => server.close());

/** A user with a vault, and a passkey that doesn't open it yet. */
async function newVault(options?: Parameters<typeof insertVault>[2]) {
  const user = await insertUser(server);
  const vault = await insertVault(server, user.id, options);
  return { ...user, ...vault, passkey: await insertPrfPasskey(server, user) };
}

async function readWraps(client: ApiClient): Promise<Released> {
  return (await client.expectSuccess('vault.passkeyWraps')) as Released;
}

/** The master key that a passkey opens among the wraps, base64. */
async function open(client: ApiClient, userId: string, passkey: PasskeyOfVault): Promise<string> {
  const { generation, wraps } = await readWraps(client);
  const wrap = wraps.find(({ credentialId }) => credentialId === passkey.credentialId);
  if (!wrap) throw new Error('There is no wrap for this passkey');
  const stored = { wrapped: wrap.wrappedMk, iv: wrap.wrapIv, formatVersion: wrap.formatVersion };
  const owner = { userId: parseUserId(userId), generation, credentialId: passkey.credentialId };
  return encodeBase64(await openPasskeyWrap(stored, passkey.prfOutput, owner));
}

const otherKey = () => encodeBase64(crypto.getRandomValues(new Uint8Array(32)));

describe('a passkey of the vault', () => {
  it('opens it with what its wrap says, and the status names it', async () => {
    const { id, email, client, masterKey, revision, passkey } = await newVault();
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    const status = await client.expectSuccess('vault.setPasskeyWrap', { revision, ...wrap });
    expect(status).toMatchObject({ revision: 2, passkeyIds: [passkey.passkeyId] });
    expect(await readWraps(client)).toEqual({
      generation: 1,
      wraps: [
        {
          passkeyId: passkey.passkeyId,
          credentialId: passkey.credentialId,
          transports: ['internal', 'hybrid'],
          wrappedMk: wrap.wrappedMk,
          wrapIv: wrap.wrapIv,
          formatVersion: 2,
        },
      ],
    });
    expect(await open(client, id, passkey)).toBe(masterKey);
    expect(await client.expectSuccess('vault.status')).toEqual(status);
    await expect.poll(() => server.mailsTo(email)).toHaveLength(1);
    expect(await auditOf(server.owner, id)).toEqual(['passkey_set OK', 'fetch OK', 'fetch OK']);
  });

  it('is one of the caller’s, and a browser can find it', async () => {
    const { client, passkey } = await newVault();
    await insertPasskeyVault(server);
    const { passkeyId: id, credentialId } = passkey;
    expect(await client.expectSuccess('vault.passkeyOptions')).toEqual({
      passkeys: [{ id, credentialId, transports: ['internal', 'hybrid'] }],
    });
  });

  it('is one of several, and setting one up again replaces its own wrap', async () => {
    const { id, client, masterKey, passkey } = await insertPasskeyVault(server);
    const second = await insertPrfPasskey(server, { id });
    const set = async (revision: number, which: PasskeyOfVault) => {
      const wrap = await makePasskeyWrap(masterKey, { userId: id }, which);
      return client.expectSuccess('vault.setPasskeyWrap', { revision, ...wrap });
    };
    await set(1, second);
    const renewed = { ...passkey, prfOutput: crypto.getRandomValues(new Uint8Array(32)) };
    await set(2, renewed);
    expect((await readWraps(client)).wraps).toHaveLength(2);
    expect(await open(client, id, renewed)).toBe(masterKey);
    expect(await open(client, id, second)).toBe(masterKey);
  });

  it('must be the caller’s own', async () => {
    const [mine, theirs] = [await newVault(), await insertPasskeyVault(server)];
    const wrap = await makePasskeyWrap(mine.masterKey, { userId: mine.id }, theirs.passkey);
    const { passkeyId } = theirs.passkey;
    const set = await mine.client.call('vault.setPasskeyWrap', { revision: 1, ...wrap });
    const clear = await mine.client.call('vault.clearPasskeyWrap', { revision: 1, passkeyId });
    expect([set.code, clear.code]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect(await readWraps(mine.client)).toMatchObject({ wraps: [] });
    expect(await open(theirs.client, theirs.id, theirs.passkey)).toBe(theirs.masterKey);
    expect(await mine.client.expectSuccess('vault.status')).toMatchObject({ revision: 1 });
    expect(await auditOf(server.owner, mine.id)).toEqual([
      'failed_passkey_set NOT_FOUND',
      'failed_passkey_clear NOT_FOUND',
      'fetch OK',
    ]);
  });

  it('no longer opens it once that was cleared, and still signs in', async () => {
    const { id, email, client, passkey } = await insertPasskeyVault(server);
    const { passkeyId } = passkey;
    const status = await client.expectSuccess('vault.clearPasskeyWrap', { revision: 1, passkeyId });
    expect(status).toMatchObject({ revision: 2, passkeyIds: [] });
    expect(await readWraps(client)).toMatchObject({ wraps: [] });
    const again = await client.call('vault.clearPasskeyWrap', { revision: 2, passkeyId });
    expect(again.code).toBe('NOT_FOUND');
    expect(await client.expectSuccess('passkeys.list')).toMatchObject({
      passkeys: [{ id: passkeyId }],
    });
    await expect.poll(() => server.mailsTo(email)).toHaveLength(1);
    expect(await auditOf(server.owner, id)).toContain('passkey_clear OK');
  });

  it('takes its wrap with it when it is removed, and the audit says so', async () => {
    const { id, client, passkey } = await insertPasskeyVault(server);
    const other = await insertPrfPasskey(server, { id });
    await client.expectSuccess('passkeys.remove', { id: other.passkeyId });
    expect(await auditOf(server.owner, id)).toEqual([]);
    await client.expectSuccess('passkeys.remove', { id: passkey.passkeyId });
    expect(await client.expectSuccess('vault.status')).toMatchObject({ passkeyIds: [] });
    expect(await auditOf(server.owner, id)).toEqual(['passkey_clear OK']);
  });

  it('no longer opens it after a rotation', async () => {
    const { client, revision } = await insertPasskeyVault(server);
    const status = await client.expectSuccess('vault.rotate', { revision });
    expect(status).toMatchObject({ generation: 2, passkeyIds: [] });
    expect(await readWraps(client)).toMatchObject({ generation: 2, wraps: [] });
  });

  it('set up by two clients at once: one wins, the other is told', async () => {
    const { id, client, masterKey, revision, passkey } = await newVault();
    const calls = Array.from({ length: 6 }, async () => {
      const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
      return client.call('vault.setPasskeyWrap', { revision, ...wrap });
    });
    const codes = (await Promise.all(calls)).map(({ code }) => code ?? 'success').toSorted();
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'VAULT_CONFLICT'), 'success']);
  });

  it('isn’t set up for a key that was rotated away meanwhile', async () => {
    const { id, client, masterKey, passkey } = await newVault();
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    const answers = await Promise.all([
      client.call('vault.rotate', { revision: 1 }),
      client.call('vault.setPasskeyWrap', { revision: 1, ...wrap }),
    ]);
    const codes = answers.map(({ code }) => code ?? 'success').toSorted();
    expect(codes).toEqual(['VAULT_CONFLICT', 'success']);
    for (const revision of [1, undefined]) {
      await client.call('vault.rotate');
      const late = await client.call('vault.setPasskeyWrap', { revision, ...wrap });
      expect(late.code).toBe('VAULT_CONFLICT');
    }
    expect(await auditOf(server.owner, id)).toContain('failed_passkey_set VAULT_CONFLICT');
  });

  it('is set up with a wrap of the right form only', async () => {
    const { id, client, masterKey, revision, passkey } = await newVault();
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    for (const wrong of [
      { wrappedMk: wrap.wrappedMk.slice(4) },
      { wrapIv: `${wrap.wrapIv.slice(0, -1)} ` },
      { formatVersion: 1 },
      { passkeyId: '' },
    ]) {
      const answer = await client.call('vault.setPasskeyWrap', { revision, ...wrap, ...wrong });
      expect(answer.code).toBe('VALIDATION');
    }
  });
});

describe('S35: in zero-knowledge mode a passkey', () => {
  it('is set up with proof of the key only', async () => {
    const { id, client, masterKey, proof, revision, passkey } = await newVault({
      zeroKnowledge: true,
    });
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    const set = (extra: object) =>
      client.call('vault.setPasskeyWrap', { revision, ...wrap, ...extra });
    expect((await set({})).code).toBe('ZK_ACTIVE');
    const wrong = await set({ proof: await proveKey(otherKey(), id) });
    expect([wrong.code, wrong.error?.data.field]).toEqual(['VALIDATION', 'proof']);
    expect((await set({ proof })).data).toMatchObject({ passkeyIds: [passkey.passkeyId] });
    expect(await open(client, id, passkey)).toBe(masterKey);
    expect(server.logText()).not.toContain(proof);
  });

  it('isn’t set up on trust for a vault without a verifier', async () => {
    const { id, client, masterKey, proof, revision, passkey } = await newVault({
      zeroKnowledge: true,
    });
    await asUser(server.owner, id, (trx) =>
      trx.updateTable('auth.encryption_vaults').set({ possession_verifier: null }).execute(),
    );
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    const answer = await client.call('vault.setPasskeyWrap', { revision, ...wrap, proof });
    expect(answer.code).toBe('ZK_ACTIVE');
  });

  it('that opened the vault before still does', async () => {
    const { id, client, masterKey, revision, passkey } = await insertPasskeyVault(server, {
      recovery: true,
    });
    await client.expectSuccess('vault.enableZeroKnowledge', { revision });
    expect(await open(client, id, passkey)).toBe(masterKey);
    await client.expectSuccess('vault.disableZeroKnowledge', { revision: 2, masterKey });
    expect(await open(client, id, passkey)).toBe(masterKey);
  });
});

describe('S36: the wraps of passkeys are released', () => {
  it('by POST only, and nobody on the way stores the answer', async () => {
    const { client } = await insertPasskeyVault(server);
    const answer = await client.call('vault.passkeyWraps');
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    const read = await client.call('vault.passkeyWraps', undefined, { method: 'GET' });
    expect(read.status).not.toBe(200);
  });

  it('to a session that is live at that moment, and to no token of one that has ended', async () => {
    const { id, client, sessionId } = await insertPasskeyVault(server);
    const { accessToken } = (await client.expectSuccess('auth.sessionToToken')) as {
      accessToken: string;
    };
    const headers = { authorization: `Bearer ${accessToken}` };
    const ask = () => server.client().call('vault.passkeyWraps', undefined, { headers });
    expect((await ask()).status).toBe(200);
    await sql`update auth.sessions set revoked_at = now() where id = ${sessionId}`.execute(
      server.owner,
    );
    expect((await ask()).code).toBe('TOKEN_EXPIRED');
    expect((await client.call('vault.passkeyWraps')).code).toBe('TOKEN_EXPIRED');
    expect(await auditOf(server.owner, id)).toEqual(['fetch OK']);
  });

  it('sixty times a minute, the fetches of the key among them, and the first refusal is audited', async () => {
    const { id, client } = await insertPasskeyVault(server);
    const paths = Array.from({ length: 80 }, (_, i) =>
      i % 2 ? 'vault.key' : 'vault.passkeyWraps',
    );
    const answers = await Promise.all(paths.map((path) => client.call(path)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    expect(answers.filter(({ code }) => code === 'RATE_LIMITED')).toHaveLength(20);
    const refused = await client.call('vault.passkeyWraps');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await auditOf(server.owner, id)).slice(60)).toEqual(['failed_fetch RATE_LIMITED']);
  });

  it('or not at all if the audit can’t be written', async () => {
    const { client } = await insertPasskeyVault(server);
    await sql`alter table auth.encryption_vault_audit rename column status to is_gone`.execute(
      server.owner,
    );
    try {
      const answer = await client.call('vault.passkeyWraps');
      expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    } finally {
      await sql`alter table auth.encryption_vault_audit rename column is_gone to status`.execute(
        server.owner,
      );
    }
  });

  it('and changed after a proof within ten minutes; the refusal is audited', async () => {
    const { id, client, masterKey, revision, passkey } = await insertPasskeyVault(server);
    clockOffsetMs = 11 * 60_000;
    const wrap = await makePasskeyWrap(masterKey, { userId: id }, passkey);
    const { passkeyId } = passkey;
    const set = await client.call('vault.setPasskeyWrap', { revision, ...wrap });
    const clear = await client.call('vault.clearPasskeyWrap', { revision, passkeyId });
    expect([set.code, clear.code]).toEqual([
      'REAUTHENTICATION_REQUIRED',
      'REAUTHENTICATION_REQUIRED',
    ]);
    expect((await client.call('vault.passkeyOptions')).code).toBe('REAUTHENTICATION_REQUIRED');
    expect(await auditOf(server.owner, id)).toEqual([
      'failed_passkey_set REAUTHENTICATION_REQUIRED',
      'failed_passkey_clear REAUTHENTICATION_REQUIRED',
    ]);
    expect((await client.call('vault.passkeyWraps')).status).toBe(200);
  });
});
