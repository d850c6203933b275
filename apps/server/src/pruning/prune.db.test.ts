import type { Database } from '@mana/db/schema/database';
import type { TestDatabase } from '@mana/db/testing/test-database';
import { createTestDatabase } from '@mana/db/testing/test-database';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countWaiting } from '../../test/harness/hold-user.ts';
import { prune } from './prune.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const options = { now: NOW, loginAttemptsKeptDays: 90 };

let database: TestDatabase;
/** As the plain role that serves. */
let db: Kysely<Database>;

beforeAll(async () => {
  database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.appUrl, max: 4 });
  db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
});
beforeEach(async () => {
  await db.deleteFrom('auth.login_attempts').execute();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function addAttempts(count: number, at: string): Promise<void> {
  await sql`
    insert into auth.login_attempts (email, attempted_at)
    select 'user' || n || '@example.org', ${at}::timestamptz from generate_series(1, ${count}::int) n
  `.execute(db);
}

async function countAttempts(): Promise<number> {
  const rows = await db.selectFrom('auth.login_attempts').select('id').execute();
  return rows.length;
}

describe('pruning', () => {
  it('deletes attempts that are past their retention, and no others', async () => {
    await addAttempts(1, '2026-08-26T11:59:59Z');
    await addAttempts(1, '2026-08-26T12:00:01Z');
    expect(await prune(db, options)).toBe(1);
    expect(await countAttempts()).toBe(1);
  });

  it('keeps a token for a day after it has expired, so that a late user is told so', async () => {
    await sql`
      insert into auth.verification (id, identifier, value, expires_at)
      values ('late', 'x', '{}', '2026-11-23T12:00:01Z'), ('gone', 'x', '{}', '2026-11-23T11:59:59Z')
    `.execute(db);
    expect(await prune(db, options)).toBe(1);
    expect(await db.deleteFrom('auth.verification').returning('id').execute()).toEqual([
      { id: 'late' },
    ]);
  });

  it('works through any number of batches', async () => {
    await addAttempts(2500, '2026-01-01T00:00:00Z');
    expect(await prune(db, options)).toBe(2500);
    expect(await countAttempts()).toBe(0);
  });

  it('is shared by servers that do it at once', async () => {
    await addAttempts(3000, '2026-01-01T00:00:00Z');
    const pruned = await Promise.all([prune(db, options), prune(db, options), prune(db, options)]);
    expect(pruned.reduce((sum, rows) => sum + rows, 0)).toBe(3000);
    expect(await countAttempts()).toBe(0);
  });

  it('leaves a row that is renewed while the statement waits for it', async () => {
    await sql`insert into auth.lockouts (email, state, version, expires_at)
      values ('renewed', '{}', 1, '2025-01-01')`.execute(db);
    let pruned: Promise<number> | undefined;
    await db.transaction().execute(async (trx) => {
      await trx.updateTable('auth.lockouts').set({ expires_at: NOW }).execute();
      pruned = prune(db, options);
      await expect.poll(() => countWaiting(trx)).toBeGreaterThan(0);
    });
    expect(await pruned).toBe(0);
    const { numDeletedRows } = await db.deleteFrom('auth.lockouts').executeTakeFirst();
    expect(numDeletedRows).toBe(1n);
  });

  it('stops between two batches when told to', async () => {
    await addAttempts(10, '2026-01-01T00:00:00Z');
    expect(await prune(db, { ...options, signal: AbortSignal.abort() })).toBe(0);
  });

  it('deletes expired tokens, sessions, lockouts, devices and days, and keeps live ones', async () => {
    await sql`insert into auth.users (id, name, email) values ('u', 'U', 'u@example.org')`.execute(
      db,
    );
    const old = new Date('2025-01-01T00:00:00Z');
    for (const [name, time] of [
      ['old', old],
      ['new', NOW],
    ] as const) {
      await sql`insert into auth.verification (id, identifier, value, expires_at)
        values (${name}, 'i', 'v', ${time})`.execute(db);
      await sql`insert into auth.sessions (id, token, user_id, expires_at)
        values (${name}, ${name}, 'u', ${time})`.execute(db);
      await sql`insert into auth.lockouts (email, state, version, expires_at)
        values (${name}, '{}', 1, ${time})`.execute(db);
      await sql`insert into auth.known_devices (user_id, device_id, last_seen_at)
        values ('u', ${name}, ${time})`.execute(db);
      await sql`insert into auth.daily_signups (day, signups) values (${time}, 1)`.execute(db);
    }
    expect(await prune(db, options)).toBe(5);
    const left = await db.selectFrom('auth.sessions').select('id').execute();
    expect(left).toEqual([{ id: 'new' }]);
  });
});
