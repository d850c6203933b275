import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { asUser } from '../client/user-context.ts';
import type { Database } from '../schema/database.ts';

describe('a passkey’s wrap', () => {
  let database: TestDatabase;
  let owner: Kysely<Database>;
  let app: Kysely<Database>;

  function connect(url: string): Kysely<Database> {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    pool.on('error', () => undefined); // cut off by drop()
    return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    owner = connect(database.ownerUrl);
    app = connect(database.appUrl);
  });
  afterAll(async () => {
    await Promise.all([owner.destroy(), app.destroy()]);
    await database.drop();
  });
  beforeEach(async () => {
    await app.deleteFrom('auth.users').execute();
    for (const id of ['ada', 'bob']) {
      await app
        .insertInto('auth.users')
        .values({ id, name: id, email: `${id}@example.org` })
        .execute();
      await app
        .insertInto('auth.passkeys')
        .values({
          id: `of ${id}`,
          user_id: id,
          credential_id: id,
          public_key: '',
          device_type: 'multiDevice',
        })
        .execute();
      await asUser(app, id, (trx) =>
        trx
          .insertInto('auth.encryption_vaults')
          .values({ user_id: id, wrapped_mk: 'wrap', wrap_iv: 'iv' })
          .execute(),
      );
    }
  });

  const insert = (userId: string, { passkeyId = `of ${userId}`, generation = 1 } = {}) =>
    asUser(app, userId, (trx) =>
      trx
        .insertInto('auth.vault_passkey_wraps')
        .values({
          user_id: userId,
          passkey_id: passkeyId,
          generation,
          wrapped_mk: 'wrap',
          wrap_iv: 'iv',
          format_version: 2,
        })
        .execute(),
    );
  const wrapsOf = (db: Kysely<Database>, userId: string) =>
    asUser(db, userId, (trx) =>
      trx.selectFrom('auth.vault_passkey_wraps').select('passkey_id').execute(),
    );

  it('is visible to its user only, and to nobody without a context, not even the owner of the tables', async () => {
    await insert('ada');
    for (const db of [app, owner]) {
      expect(await wrapsOf(db, 'ada')).toEqual([{ passkey_id: 'of ada' }]);
      expect(await wrapsOf(db, 'bob')).toEqual([]);
      const { rows } = await sql`select passkey_id from auth.vault_passkey_wraps`.execute(db);
      expect(rows).toEqual([]);
    }
  });

  it('belongs to the same user as its passkey', async () => {
    await expect(insert('ada', { passkeyId: 'of bob' })).rejects.toMatchObject({ code: '23503' });
  });

  it('has the generation of the vault, and is removed by every rotation', async () => {
    await expect(insert('ada', { generation: 2 })).rejects.toMatchObject({ code: '23503' });
    await insert('ada');
    await insert('bob');
    await asUser(app, 'ada', (trx) =>
      trx.updateTable('auth.encryption_vaults').set({ generation: 2 }).execute(),
    );
    expect(await wrapsOf(app, 'ada')).toEqual([]);
    expect(await wrapsOf(app, 'bob')).toHaveLength(1);
    await insert('ada', { generation: 2 });
  });

  it('of a key that is being rotated away is refused once the rotation is done', async () => {
    const inserted = await asUser(owner, 'ada', async (trx) => {
      await trx.updateTable('auth.encryption_vaults').set({ generation: 2 }).execute();
      const waiting = insert('ada').then(
        () => 'inserted',
        (error: unknown) => (error as { code: string }).code,
      );
      await sql`select pg_sleep(0.2)`.execute(trx);
      return { waiting };
    });
    expect(await inserted.waiting).toBe('23503');
    expect(await wrapsOf(owner, 'ada')).toEqual([]);
  });

  it.each([
    ['its passkey', sql`delete from auth.passkeys where user_id = 'ada'`],
    ['its vault', sql`delete from auth.encryption_vaults where user_id = 'ada'`],
    ['its user', sql`delete from auth.users where id = 'ada'`],
  ])('is removed with %s, and no other user’s wrap is', async (_name, removal) => {
    await insert('ada');
    await insert('bob');
    await asUser(app, 'ada', (trx) => removal.execute(trx));
    expect(await wrapsOf(owner, 'ada')).toEqual([]);
    expect(await wrapsOf(owner, 'bob')).toHaveLength(1);
  });
});
