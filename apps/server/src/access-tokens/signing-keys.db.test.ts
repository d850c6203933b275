import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@mana/db/database';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSigningKeys } from './signing-keys.ts';

const SECRET = 'a secret of the tests, and of nothing else';

describe('signing keys', () => {
  let database: TestDatabase;
  let db: Kysely<Database>;
  let reads = 0;

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

  const addKey = (id: string) =>
    sql`
    insert into auth.jwks (id, public_key, private_key, created_at, alg, crv)
    select ${id}, public_key, private_key, now() + interval '1 minute', alg, crv
    from auth.jwks limit 1
  `.execute(db);

  it('are one, and encrypted, whoever of ten servers is first', async () => {
    const rings = await Promise.all(Array.from({ length: 10 }, () => loadSigningKeys(db, SECRET)));
    expect(new Set(rings.map((ring) => ring.current().kid)).size).toBe(1);
    const { rows } = await sql<{ private_key: string }>`select private_key from auth.jwks`.execute(
      db,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.private_key).not.toContain('"d"');
  });

  it('of another server are found at once by everybody who asks, with one read for all', async () => {
    const ring = await loadSigningKeys(db, SECRET);
    await addKey('newer');
    await delay(1100);
    reads = 0;
    const found = await Promise.all(Array.from({ length: 20 }, () => ring.findPublicKey('newer')));
    expect(found.every((key) => key !== undefined)).toBe(true);
    expect(reads).toBe(1);
    expect(ring.current().kid).toBe('newer');
  });

  it('that nobody has cost one read a second at most', async () => {
    const ring = await loadSigningKeys(db, SECRET);
    await delay(1100);
    reads = 0;
    for (let i = 0; i < 200; i += 1) expect(await ring.findPublicKey(`none-${i}`)).toBeUndefined();
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('stay as they are when they can not be read, and the fault is thrown', async () => {
    const ring = await loadSigningKeys(db, SECRET);
    const { kid } = ring.current();
    const pool = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
    await pool.query('alter table auth.jwks rename column public_key to is_gone');
    await expect(ring.reload()).rejects.toMatchObject({ code: '42703' });
    await pool.query('alter table auth.jwks rename column is_gone to public_key');
    await pool.end();
    expect(await ring.findPublicKey(kid)).toBeDefined();
  });

  it('are refused with another secret, in words', async () => {
    await expect(loadSigningKeys(db, `another ${SECRET}`)).rejects.toThrow(/MANA_AUTH_SECRET/);
  });
});
