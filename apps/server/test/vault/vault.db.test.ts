import { encodeBase64 } from '@mana/auth-core/vault/format/base64';
import { asUser } from '@mana/db/client/user-context';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { commitDuring, countWaiting } from '../harness/hold-user.ts';
import { insertUser } from '../harness/insert-user.ts';
import { insertVault, makeRecoveryWrap, proveKey } from '../harness/insert-vault.ts';
import type { TestServer } from '../harness/test-server.ts';
import { startTestServer } from '../harness/test-server.ts';
import { auditOf, vaultOf } from '../harness/vault-of.ts';

interface Status {
  readonly revision: number;
  readonly generation: number;
  readonly zeroKnowledge: boolean;
}
interface Released {
  readonly masterKey: string;
  readonly generation: number;
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

async function newVault(options?: Parameters<typeof insertVault>[2]) {
  const user = await insertUser(server);
  const vault = await insertVault(server, user.id, options);
  return { ...user, ...vault };
}

const tamper = (id: string, change: ReturnType<typeof sql>) =>
  asUser(server.owner, id, (trx) => sql`update auth.encryption_vaults set ${change}`.execute(trx));

const otherKey = () => encodeBase64(crypto.getRandomValues(new Uint8Array(32)));

describe('a vault', () => {
  it('is created once, however many ask at once, and its key is the same for all', async () => {
    const { id, client } = await insertUser(server);
    expect(await client.expectSuccess('vault.status')).toEqual({ initialised: false });
    const made = await Promise.all(
      Array.from({ length: 10 }, () => client.expectSuccess('vault.init')),
    );
    for (const status of made) {
      expect(status).toMatchObject({ initialised: true, generation: 1, revision: 1 });
    }
    const keys = await Promise.all([1, 2].map(() => client.expectSuccess('vault.key')));
    expect(keys[0]).toEqual({
      masterKey: expect.stringMatching(/^[\w+/]{43}=$/),
      formatVersion: 2,
      kekId: 'env-v1',
      generation: 1,
    });
    expect(keys[1]).toEqual(keys[0]);
    expect(await auditOf(server.owner, id)).toEqual(['init OK', 'fetch OK', 'fetch OK']);
  });

  it('is fetched by POST only, and nobody on the way stores the answer', async () => {
    const { client } = await newVault();
    const answer = await client.call('vault.key');
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    const read = await client.call('vault.key', undefined, { method: 'GET' });
    expect(read.status).not.toBe(200);
  });

  it('does not exist before it is created', async () => {
    const { id, client } = await insertUser(server);
    const codes = [];
    for (const path of ['rotate', 'clearRecoveryWrap', 'enableZeroKnowledge']) {
      codes.push((await client.call(`vault.${path}`, { revision: 1 })).code);
    }
    codes.push((await client.call('vault.key')).code);
    expect(new Set(codes)).toEqual(new Set(['VAULT_NOT_INITIALISED']));
    expect(await auditOf(server.owner, id)).toEqual([
      'failed_rotate VAULT_NOT_INITIALISED',
      'failed_recovery_clear VAULT_NOT_INITIALISED',
      'failed_zk_enable VAULT_NOT_INITIALISED',
      'failed_fetch VAULT_NOT_INITIALISED',
    ]);
  });

  it('has a new key after a rotation, and neither the old one nor a recovery wrap', async () => {
    const { id, email, client, masterKey, revision } = await newVault({ recovery: true });
    const status = (await client.expectSuccess('vault.rotate', { revision })) as Status;
    expect(status).toMatchObject({ generation: 2, revision: 2, hasRecoveryWrap: false });
    const key = (await client.expectSuccess('vault.key')) as Released;
    expect(key.generation).toBe(2);
    expect(key.masterKey).not.toBe(masterKey);
    expect(await vaultOf(server.owner, id)).toMatchObject({ recovery_wrapped_mk: null });
    await expect.poll(() => server.mailsTo(email)).toHaveLength(1);
  });

  it('shows its audit in pages, newest first, to its owner only', async () => {
    const { client } = await newVault();
    for (let i = 0; i < 5; i += 1) await client.expectSuccess('vault.key');
    await client.call('vault.rotate', { revision: 7 });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = (await client.expectSuccess('vault.audit', { limit: 2, cursor })) as {
        entries: { action: string }[];
        nextCursor: string | null;
      };
      seen.push(...page.entries.map(({ action }) => action));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['failed_rotate', ...Array.from({ length: 5 }, () => 'fetch')]);
    const other = await insertUser(server);
    expect(await other.client.expectSuccess('vault.audit')).toMatchObject({ entries: [] });
    expect((await client.call('vault.audit', { cursor: '1_' })).code).toBe('VALIDATION');
  });
});

describe('S32, S33: a wrap that was tampered with', () => {
  it('of another user opens nothing and says nothing more', async () => {
    const [mine, theirs] = [await newVault(), await newVault()];
    const stolen = await vaultOf(server.owner, theirs.id);
    await tamper(mine.id, sql`wrapped_mk = ${stolen?.wrapped_mk}, wrap_iv = ${stolen?.wrap_iv}`);
    const answer = await mine.client.call('vault.key');
    expect([answer.status, answer.code]).toEqual([500, 'VAULT_UNREADABLE']);
    expect(answer.text).not.toContain(stolen?.wrapped_mk);
    expect(await auditOf(server.owner, mine.id)).toEqual([
      'fetch OK',
      'failed_fetch VAULT_UNREADABLE',
    ]);
    expect((await theirs.client.call('vault.key')).status).toBe(200);
  });

  it.each([
    ['a changed bit', sql`wrapped_mk = overlay(wrapped_mk placing 'AAAA' from 60)`],
    ['a cut', sql`wrapped_mk = substr(wrapped_mk, 1, 100)`],
    ['a space', sql`wrapped_mk = wrapped_mk || ' '`],
    ['another generation', sql`generation = 2`],
    ['another format', sql`format_version = 1`],
    ['an unknown format', sql`format_version = 9`],
  ])('by %s never opens', async (_name, change) => {
    const { id, client } = await newVault();
    await tamper(id, change);
    expect((await client.call('vault.key')).code).toBe('VAULT_UNREADABLE');
  });

  it('can’t name a key that nobody has', async () => {
    const { id } = await newVault();
    await expect(tamper(id, sql`kek_id = 'elsewhere'`)).rejects.toMatchObject({ code: '23503' });
    await expect(
      sql`delete from auth.keks where kek_id = 'env-v1'`.execute(server.owner),
    ).rejects.toMatchObject({ code: '23503' });
  });
});

describe('S34: two clients', () => {
  it('that change a vault at once: one wins, the other is told', async () => {
    const { id, client, revision } = await newVault({ recovery: true });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => client.call('vault.rotate', { revision })),
    );
    const codes = answers.map(({ code }) => code ?? 'success').toSorted();
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'VAULT_CONFLICT'), 'success']);
    expect(await vaultOf(server.owner, id)).toMatchObject({ generation: 2, revision: 2 });
  });

  it('that name no revision change it one after the other, or are told', async () => {
    const { id, client } = await newVault();
    const answers = await Promise.all(Array.from({ length: 6 }, () => client.call('vault.rotate')));
    const codes = answers.map(({ code }) => code ?? 'success');
    expect(['success', 'VAULT_CONFLICT']).toEqual(expect.arrayContaining(codes));
    const rotations = codes.filter((code) => code === 'success').length;
    expect(rotations).toBeGreaterThan(0);
    expect(await vaultOf(server.owner, id)).toMatchObject({ generation: rotations + 1 });
  });

  it('of which one leaves zero knowledge are told of what the other did first', async () => {
    const { id, client, masterKey, proof, revision } = await newVault({ zeroKnowledge: true });
    const { input } = await makeRecoveryWrap(masterKey, { userId: id });
    await client.expectSuccess('vault.setRecoveryWrap', { revision, ...input, proof });
    const answer = await client.call('vault.disableZeroKnowledge', { revision, masterKey });
    expect(answer.code).toBe('VAULT_CONFLICT');
  });

  it('neither of which can turn on zero knowledge with a recovery code that the other replaced', async () => {
    const { id, client, masterKey, revision } = await newVault({ recovery: true });
    const { input } = await makeRecoveryWrap(masterKey, { userId: id });
    await client.expectSuccess('vault.setRecoveryWrap', { revision, ...input });
    const answer = await client.call('vault.enableZeroKnowledge', { revision });
    expect(answer.code).toBe('VAULT_CONFLICT');
  });
});

describe('a recovery wrap', () => {
  it('that is set or cleared is reported to the owner, each time', async () => {
    const { id, email, client, masterKey } = await newVault();
    const { input } = await makeRecoveryWrap(masterKey, { userId: id });
    await client.expectSuccess('vault.setRecoveryWrap', input);
    await expect.poll(() => server.mailsTo(email)).toHaveLength(1);
    await client.expectSuccess('vault.clearRecoveryWrap');
    await expect.poll(() => server.mailsTo(email)).toHaveLength(2);
  });

  const wrapOf = (bytes: number) => ({
    recoveryWrappedMk: Buffer.alloc(bytes, 7).toString('base64'),
    recoveryIv: Buffer.alloc(12, 7).toString('base64'),
  });

  it('is accepted from an older client, in format 1, for a key that was never rotated', async () => {
    const { id, client } = await newVault();
    await client.expectSuccess('vault.setRecoveryWrap', wrapOf(48));
    expect(await vaultOf(server.owner, id)).toMatchObject({
      recovery_wrapped_mk: wrapOf(48).recoveryWrappedMk,
      recovery_format_version: 1,
    });
    await client.expectSuccess('vault.rotate');
    const answer = await client.call('vault.setRecoveryWrap', wrapOf(48));
    expect([answer.code, answer.error?.data.field]).toEqual(['VALIDATION', 'formatVersion']);
    await client.expectSuccess('vault.setRecoveryWrap', { ...wrapOf(80), formatVersion: 2 });
  });

  it.each([
    ['format 1 in the length of format 2', { ...wrapOf(80), formatVersion: 1 }],
    ['format 2 in the length of format 1', { ...wrapOf(48), formatVersion: 2 }],
    ['no format in the length of format 2', wrapOf(80)],
    ['a format that nobody writes', { ...wrapOf(80), formatVersion: 3 }],
    ['no bytes', { ...wrapOf(0), formatVersion: 2 }],
    ['another IV', { ...wrapOf(80), formatVersion: 2, recoveryIv: 'AAAA' }],
  ])('is refused with %s', async (_name, input) => {
    const { client } = await newVault();
    expect((await client.call('vault.setRecoveryWrap', input)).code).toBe('VALIDATION');
  });
});

describe('S35: zero knowledge', () => {
  it('needs a recovery wrap first', async () => {
    const { client, revision } = await newVault();
    const answer = await client.call('vault.enableZeroKnowledge', { revision });
    expect(answer.code).toBe('RECOVERY_WRAP_MISSING');
  });

  it('destroys the server’s wrap, and shows only what a recovery code opens', async () => {
    const { id, email, client, revision } = await newVault({ recovery: true });
    const status = await client.expectSuccess('vault.enableZeroKnowledge', { revision });
    expect(status).toMatchObject({ zeroKnowledge: true, formatVersion: null, kekId: null });
    const row = await vaultOf(server.owner, id);
    expect(row).toMatchObject({ wrapped_mk: null, wrap_iv: null, kek_id: null });
    expect(await client.expectSuccess('vault.key')).toEqual({
      requiresRecoveryCode: true,
      recoveryWrappedMk: row?.recovery_wrapped_mk,
      recoveryIv: row?.recovery_iv,
      formatVersion: 2,
      generation: 1,
    });
    // Again, from a client that missed it: nothing changes, and no second mail is sent.
    await client.expectSuccess('vault.enableZeroKnowledge', { revision });
    await expect.poll(() => server.mailsTo(email)).toHaveLength(1);
  });

  it('forbids a rotation and the loss of the recovery wrap', async () => {
    const { client, revision } = await newVault({ zeroKnowledge: true });
    expect((await client.call('vault.rotate', { revision })).code).toBe('ZK_ROTATE_FORBIDDEN');
    expect((await client.call('vault.clearRecoveryWrap', { revision })).code).toBe('ZK_ACTIVE');
  });

  it('allows the recovery wrap to be replaced only with proof of the key', async () => {
    const { id, client, masterKey, proof, revision } = await newVault({ zeroKnowledge: true });
    const { input } = await makeRecoveryWrap(masterKey, { userId: id });
    const set = (extra: object) =>
      client.call('vault.setRecoveryWrap', { revision, ...input, ...extra });
    expect((await set({})).code).toBe('ZK_ACTIVE');
    expect((await set({ proof: await proveKey(otherKey(), id) })).code).toBe('VALIDATION');
    expect((await set({ proof })).status).toBe(200);
  });

  it('can be turned off only with the key itself, and then the server has it again', async () => {
    const { id, email, client, masterKey, revision } = await newVault({ zeroKnowledge: true });
    const leave = (key: string) =>
      client.call('vault.disableZeroKnowledge', { revision, masterKey: key });
    const wrong = await leave(otherKey());
    expect([wrong.code, wrong.error?.data.field]).toEqual(['VALIDATION', 'masterKey']);
    expect((await leave('AAAA')).code).toBe('VALIDATION');
    expect((await leave(masterKey)).data).toMatchObject({ zeroKnowledge: false, revision: 2 });
    expect(await client.expectSuccess('vault.key')).toMatchObject({ masterKey, generation: 1 });
    await expect.poll(() => server.mailsTo(email)).toHaveLength(1);
    expect(await auditOf(server.owner, id)).toEqual([
      'failed_zk_disable VALIDATION',
      'failed_zk_disable VALIDATION',
      'zk_disable OK',
      'fetch OK',
    ]);
  });

  it('of an older vault without a verifier trusts the first key, and no other afterwards', async () => {
    const { id, client, masterKey } = await newVault({ zeroKnowledge: true });
    await asUser(server.owner, id, (trx) =>
      trx.updateTable('auth.encryption_vaults').set({ possession_verifier: null }).execute(),
    );
    await client.expectSuccess('vault.disableZeroKnowledge', { masterKey });
    await client.expectSuccess('vault.enableZeroKnowledge');
    const other = await client.call('vault.disableZeroKnowledge', { masterKey: otherKey() });
    expect(other.code).toBe('VALIDATION');
    await client.expectSuccess('vault.disableZeroKnowledge', { masterKey });
  });

  it('and the server’s wrap exclude each other, no matter who writes', async () => {
    const { id } = await newVault({ zeroKnowledge: true });
    const write = asUser(server.owner, id, (trx) =>
      trx
        .updateTable('auth.encryption_vaults')
        .set({ wrapped_mk: 'wrap', wrap_iv: 'iv' })
        .execute(),
    );
    await expect(write).rejects.toMatchObject({ code: '23514' });
  });

  it('leaves no master key, proof or code in the log', async () => {
    const { id, client, masterKey, proof, revision } = await newVault({ recovery: true });
    const { input } = await makeRecoveryWrap(masterKey, { userId: id });
    await client.expectSuccess('vault.key');
    await client.expectSuccess('vault.setRecoveryWrap', { revision, ...input, proof });
    await client.expectSuccess('vault.enableZeroKnowledge', { revision: 2 });
    await client.call('vault.disableZeroKnowledge', { revision: 2, masterKey });
    await client.expectSuccess('vault.disableZeroKnowledge', { revision: 3, masterKey });
    const hex = Buffer.from(masterKey, 'base64').toString('hex');
    for (const secret of [masterKey, hex, proof, input.recoveryWrappedMk]) {
      expect(server.logText()).not.toContain(secret);
    }
  });
});

describe('S36: a key is released', () => {
  it('to a session that is live at that moment, and to no token of one that has ended', async () => {
    const { id, client, sessionId } = await newVault();
    const { accessToken } = (await client.expectSuccess('auth.sessionToToken')) as {
      accessToken: string;
    };
    const headers = { authorization: `Bearer ${accessToken}` };
    const ask = () => server.client().call('vault.key', undefined, { headers });
    expect((await ask()).status).toBe(200);
    await sql`update auth.sessions set revoked_at = now() where id = ${sessionId}`.execute(
      server.owner,
    );
    expect((await ask()).code).toBe('TOKEN_EXPIRED');
    expect((await client.call('vault.key')).code).toBe('TOKEN_EXPIRED');
    expect(await auditOf(server.owner, id)).toEqual(['fetch OK']);
  });

  it.each([
    [
      'has expired',
      sql`update auth.sessions set expires_at = now() - interval '1 second'`,
      sql`id`,
    ],
    ['was revoked', sql`update auth.sessions set revoked_at = now()`, sql`id`],
    ['is of a user marked as deleted', sql`update auth.users set deleted_at = now()`, sql`email`],
  ])('for no access token and no cookie of a session that %s', async (_name, ending, column) => {
    const { id, email, client, sessionId } = await newVault();
    const { accessToken } = (await client.expectSuccess('auth.sessionToToken')) as {
      accessToken: string;
    };
    await sql`${ending} where ${column} in (${sessionId}, ${email})`.execute(server.owner);
    const headers = { authorization: `Bearer ${accessToken}` };
    for (const path of ['vault.key', 'vault.passkeyWraps']) {
      expect((await client.call(path)).code).toBe('TOKEN_EXPIRED');
      expect((await server.client().call(path, undefined, { headers })).code).toBe('TOKEN_EXPIRED');
    }
    expect(await auditOf(server.owner, id)).toEqual([]);
  });

  it('not by a server that lacks the KEK, which reports that as its own fault', async () => {
    const { id, client } = await newVault();
    await sql`insert into auth.keks (kek_id) values ('elsewhere')`.execute(server.owner);
    await tamper(id, sql`kek_id = 'elsewhere'`);
    const answer = await client.call('vault.key');
    await tamper(id, sql`kek_id = 'env-v1'`);
    await sql`delete from auth.keks where kek_id = 'elsewhere'`.execute(server.owner);
    expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect((await client.call('vault.key')).status).toBe(200);
  });

  it('and the vault changed, by no session that ended while the change waited', async () => {
    const { id, client, sessionId } = await newVault();
    const before = await vaultOf(server.owner, id);
    const answer = await commitDuring(
      server,
      id,
      (trx) =>
        sql`update auth.sessions set revoked_at = now() where id = ${sessionId}`.execute(trx),
      () => client.call('vault.rotate'),
    );
    expect(answer.code).toBe('TOKEN_EXPIRED');
    expect(await vaultOf(server.owner, id)).toEqual(before);
  });

  it('sixty times a minute to one user, however many ask at once, and the first refusal is audited', async () => {
    const { id, client } = await newVault();
    const answers = await Promise.all(Array.from({ length: 80 }, () => client.call('vault.key')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    const refused = answers.filter(({ code }) => code === 'RATE_LIMITED');
    expect(refused).toHaveLength(20);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    const audit = await auditOf(server.owner, id);
    expect(audit).toHaveLength(61);
    expect(audit.at(-1)).toBe('failed_fetch RATE_LIMITED');
    expect((await (await newVault()).client.call('vault.key')).status).toBe(200);
  });

  it('to one call of a user at a time: each counts what the one before wrote', async () => {
    const { id, client, sessionId } = await newVault();
    await asUser(server.owner, id, (trx) =>
      sql`
        insert into auth.encryption_vault_audit (user_id, action, status, created_at)
        select ${id}, 'fetch', 'OK', now() from generate_series(1, 59)
      `.execute(trx),
    );
    let next: ReturnType<typeof client.call> | undefined;
    await server.owner.transaction().execute(async (trx) => {
      await sql`
        select from auth.fetch_vault_key(${sessionId}, null, now(), null, null, 'the 60th', 60)
      `.execute(trx);
      next = client.call('vault.key');
      await expect.poll(() => countWaiting(trx)).toBe(1);
    });
    expect((await next)?.code).toBe('RATE_LIMITED');
  });

  it('or not at all if the audit can’t be written', async () => {
    const { client } = await newVault();
    await sql`alter table auth.encryption_vault_audit rename column status to is_gone`.execute(
      server.owner,
    );
    try {
      const answer = await client.call('vault.key');
      expect([answer.status, answer.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    } finally {
      await sql`alter table auth.encryption_vault_audit rename column is_gone to status`.execute(
        server.owner,
      );
    }
  });

  it('by a change that is audited or undone', async () => {
    const { id, client, revision } = await newVault();
    const before = await vaultOf(server.owner, id);
    await sql`alter table auth.encryption_vault_audit add constraint refuse check (action <> 'rotate') not valid`.execute(
      server.owner,
    );
    try {
      expect((await client.call('vault.rotate', { revision })).status).toBeGreaterThanOrEqual(500);
    } finally {
      await sql`alter table auth.encryption_vault_audit drop constraint refuse`.execute(
        server.owner,
      );
    }
    expect(await vaultOf(server.owner, id)).toEqual(before);
    expect(await auditOf(server.owner, id)).toEqual([expect.stringMatching(/^failed_rotate/)]);
  });

  it('and changed after a proof within ten minutes; the refusal is audited', async () => {
    const { id, client, revision } = await newVault({ recovery: true });
    clockOffsetMs = 11 * 60_000;
    const answer = await client.call('vault.rotate', { revision });
    expect(answer.code).toBe('REAUTHENTICATION_REQUIRED');
    expect(await auditOf(server.owner, id)).toEqual(['failed_rotate REAUTHENTICATION_REQUIRED']);
    expect((await client.call('vault.key')).status).toBe(200);
  });
});
