import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createEmptyTestDatabase, createTestDatabase } from './test-database.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const listDatabases = async (): Promise<unknown[]> =>
  (await query(inject('manaTestServer').adminUrl, 'select datname from pg_database')).map((row) =>
    typeof row === 'object' && row !== null && 'datname' in row ? row.datname : row,
  );

describe('createTestDatabase', () => {
  it('gives each of eight simultaneous calls its own migrated database', async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, createTestDatabase));
    const names = databases.map((database) => database.name);
    expect(new Set(names).size).toBe(8);

    const [first, second] = databases;
    if (!first || !second) throw new Error('no databases');
    await query(first.appUrl, "insert into auth.login_attempts (email) values ('a@example.org')");
    const count = 'select count(*)::int as n from auth.login_attempts';
    expect(await query(first.ownerUrl, count)).toEqual([{ n: 1 }]);
    expect(await query(second.ownerUrl, count)).toEqual([{ n: 0 }]);

    await Promise.all(databases.map((database) => database.drop()));
    const left = await listDatabases();
    for (const name of names) expect(left).not.toContain(name);
  });

  it('is dropped even while clients are connected, and dropping again is fine', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.appUrl });
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await database.drop();
    expect(await listDatabases()).not.toContain(database.name);
  });

  it('gives a plain role without special rights, and an owner that is not a superuser', async () => {
    const database = await createTestDatabase();
    const roles = await query(
      database.adminUrl,
      `select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication
       from pg_roles where rolname in ('${database.appRole}', '${database.ownerRole}')`,
    );
    const plain = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
    };
    expect(roles).toHaveLength(2);
    for (const role of roles) expect(role).toMatchObject(plain);
    expect(await query(database.appUrl, 'select current_user::text as me')).toEqual([
      { me: database.appRole },
    ]);
    await database.drop();
  });
});

describe('createEmptyTestDatabase', () => {
  it('has no schema of ours, and the owner can create it', async () => {
    const database = await createEmptyTestDatabase();
    await expect(query(database.ownerUrl, 'select 1 from auth.users')).rejects.toMatchObject({
      code: '42P01',
    });
    await query(database.ownerUrl, 'create schema auth');
    await database.drop();
  });
});
