import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@mana/db/schema/database';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { symmetricEncrypt } from 'better-auth/crypto';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCapturedLog } from '../../test/harness/log-lines.ts';
import { createAppSecrets } from '../secrets/app-secrets.ts';
import { PUBLISHED_BEFORE_SIGNING_MS, VERIFIES_AFTER_SIGNING_MS } from './key-schedule.ts';
import { rotateSigningKeys } from './rotate-signing-keys.ts';
import { loadSigningKeys, readSigningKeys } from './signing-keys.ts';

const SECRET = 'a secret of the tests, and of nothing else';
const secrets = createAppSecrets(SECRET, []);

describe('signing keys', () => {
  let database: TestDatabase;
  let db: Kysely<Database>;
  let reads = 0;
  let now: Date;

  beforeAll(async () => {
    database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.appUrl });
    pool.on('error', () => undefined);
    db = new Kysely<Database>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => {
        if (query.sql.startsWith('select')) reads += 1;
      },
    });
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  beforeEach(() => {
    now = new Date();
  });

  function load(used = secrets) {
    const captured = createCapturedLog();
    return loadSigningKeys(db, { secrets: used, log: captured.log, now: () => now });
  }

  const addKey = (id: string) =>
    sql`
    insert into auth.jwks (id, public_key, private_key, created_at, alg, crv)
    select ${id}, public_key, private_key, now() + interval '1 minute', alg, crv
    from auth.jwks limit 1
  `.execute(db);

  it('sign in no other row than their own', async () => {
    const { kid } = (await load()).current();
    await addKey('copy');
    try {
      const [copy] = (await readSigningKeys(db, secrets)).filter(({ id }) => id === 'copy');
      expect([copy?.isOpen, copy?.privateKey]).toEqual([false, null]);
      now = new Date(Date.now() + 60_000 + PUBLISHED_BEFORE_SIGNING_MS);
      expect((await load()).current().kid).toBe(kid);
    } finally {
      await sql`delete from auth.jwks where id = 'copy'`.execute(db);
    }
  });

  it('begin with one encrypted key, whichever of ten servers is first', async () => {
    const rings = await Promise.all(Array.from({ length: 10 }, () => load()));
    expect(new Set(rings.map((ring) => ring.current().kid)).size).toBe(1);
    const { rows } = await sql<{ private_key: string }>`select private_key from auth.jwks`.execute(
      db,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.private_key).not.toContain('"d"');
  });

  it('made by another server are found at once, with one read for all callers', async () => {
    const ring = await load();
    await addKey('newer');
    await delay(1100);
    reads = 0;
    const found = await Promise.all(Array.from({ length: 20 }, () => ring.findPublicKey('newer')));
    expect(found.every((key) => key !== undefined)).toBe(true);
    expect(reads).toBe(1);
    expect(ring.publicJwks().keys.map(({ kid }) => kid)).toContain('newer');
  });

  it('that don’t exist cost at most one read a second', async () => {
    const ring = await load();
    await delay(1100);
    reads = 0;
    for (let i = 0; i < 200; i += 1) expect(await ring.findPublicKey(`none-${i}`)).toBeUndefined();
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('stay as they are if they can’t be read, and the fault is thrown', async () => {
    const ring = await load();
    const { kid } = ring.current();
    const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    await pool.query('alter table auth.jwks rename column public_key to is_gone');
    await expect(ring.reload()).rejects.toMatchObject({ code: '42703' });
    await pool.query('alter table auth.jwks rename column is_gone to public_key');
    await pool.end();
    expect(await ring.findPublicKey(kid)).toBeDefined();
  });

  it('are refused with another secret, and the error says why', async () => {
    const other = createAppSecrets(`another ${SECRET}`, []);
    await expect(load(other)).rejects.toThrow(/MANA_AUTH_SECRET/);
    await expect(rotateSigningKeys(db, other, now)).rejects.toThrow(/MANA_AUTH_SECRET/);
    const rotating = createAppSecrets(`another ${SECRET}`, [SECRET]);
    expect((await load(rotating)).current().kid).toBe((await load()).current().kid);
  });
});

describe('rotated signing keys', () => {
  let database: TestDatabase;
  let db: Kysely<Database>;
  let now: Date;
  const captured = createCapturedLog();

  beforeEach(async () => {
    now = new Date('2026-11-24T12:00:00Z');
    captured.lines.length = 0;
    database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.appUrl });
    pool.on('error', () => undefined);
    db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  });
  afterEach(async () => {
    await db.destroy();
    await database.drop();
  });

  const load = (used = secrets) =>
    loadSigningKeys(db, { secrets: used, log: captured.log, now: () => now });
  const later = (ms: number) => {
    now = new Date(now.getTime() + ms);
  };
  const published = (ring: Awaited<ReturnType<typeof load>>) =>
    ring.publicJwks().keys.map(({ kid }) => kid);

  it('S38: are published before they sign and after, by the clock alone', async () => {
    const ring = await load();
    const first = ring.current().kid;
    const { kid: second } = await rotateSigningKeys(db, secrets, now);
    await ring.reload();
    const version = ring.version;
    expect(published(ring)).toEqual([second, first]);

    // The two were made in the same millisecond: the second counts as a millisecond newer.
    later(PUBLISHED_BEFORE_SIGNING_MS);
    expect(ring.current().kid).toBe(first);
    later(1);
    expect(ring.current().kid).toBe(second);
    expect(ring.version).toBe(version);

    later(VERIFIES_AFTER_SIGNING_MS - 1);
    expect(published(ring)).toEqual([second, first]);
    later(1);
    expect(published(ring)).toEqual([second]);
    expect(await ring.findPublicKey(first)).toBeUndefined();
    expect(ring.version).toBeGreaterThan(version);
  });

  it('are removed with the next rotation, once nothing depends on them', async () => {
    const first = (await load()).current().kid;
    await rotateSigningKeys(db, secrets, now);
    later(60_000);
    expect((await rotateSigningKeys(db, secrets, now)).removed).toEqual([]);
    later(PUBLISHED_BEFORE_SIGNING_MS + VERIFIES_AFTER_SIGNING_MS);
    const { removed, kid: newest } = await rotateSigningKeys(db, secrets, now);
    expect(removed).toContain(first);
    expect(removed).toHaveLength(2);
    expect(published(await load())).toEqual([newest, expect.any(String)]);
  });

  it('are made one after another, however many rotations run at once', async () => {
    await load();
    await Promise.all(Array.from({ length: 5 }, () => rotateSigningKeys(db, secrets, now)));
    const { rows } = await sql<{ expires_at: Date | null }>`
      select expires_at from auth.jwks
    `.execute(db);
    expect(rows).toHaveLength(6);
    expect(rows.filter((row) => row.expires_at === null)).toHaveLength(1);
  });

  it('are not lost if the newest can’t be opened: it verifies, and the one before goes on signing', async () => {
    const first = (await load()).current().kid;
    const stranger = createAppSecrets('a secret that this server does not have', [SECRET]);
    const { kid: second } = await rotateSigningKeys(db, stranger, now);
    later(PUBLISHED_BEFORE_SIGNING_MS + VERIFIES_AFTER_SIGNING_MS);
    const ring = await load();
    expect(ring.current().kid).toBe(first);
    expect(published(ring)).toEqual([second, first]);
    await ring.reload();
    await ring.reload();
    const told = captured.lines.filter(({ msg }) => msg.includes(second));
    expect(told).toHaveLength(1);
    expect(told[0]?.msg).toMatch(/verifies but can't sign.*MANA_AUTH_ACCEPTED_SECRETS/);
    expect((await load(stranger)).current().kid).toBe(second);
  });

  it("of other algorithms, as Better Auth's plugin makes them, are left alone and not used", async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await sql`
      insert into auth.jwks (id, public_key, private_key, created_at, alg) values
        ('rsa', ${JSON.stringify(rsa.publicKey.export({ format: 'jwk' }))}, '"00"', now(), 'RS256'),
        ('broken', 'no json', 'no json', now(), null),
        ('short', '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}', '"00"', now(), null)
    `.execute(db);
    const ring = await load();
    expect(published(ring)).toEqual([ring.current().kid]);
    expect(ring.current().kid).not.toMatch(/rsa|broken|short/);
    expect(await ring.findPublicKey('rsa')).toBeUndefined();
    await rotateSigningKeys(db, secrets, now);
    const { rows } = await sql`select id from auth.jwks where id = 'rsa'`.execute(db);
    expect(rows).toHaveLength(1);
  });

  it('made by Better Auth go on signing', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const stored = await symmetricEncrypt({
      key: SECRET,
      data: JSON.stringify(privateKey.export({ format: 'jwk' })),
    });
    await sql`
      insert into auth.jwks (id, public_key, private_key, created_at) values
        ('theirs', ${JSON.stringify(publicKey.export({ format: 'jwk' }))}, ${JSON.stringify(stored)}, now() - interval '1 year')
    `.execute(db);
    expect((await load()).current().kid).toBe('theirs');
  });
});
