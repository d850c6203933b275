import { randomUUID } from 'node:crypto';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { asUser } from '../client/user-context.ts';
import type { Database } from '../schema/database.ts';

const ENCRYPTED = 'enc:2:1.AAECAwQFBgcICQoL.gLWKpoGv82IYZ8Ia5MrvBgMeuFrwRa5vkElx3A==';
const OTHER = 'enc:1:AAECAwQFBgcICQoL.fXevxLQTIYziU+SjbdhehUk6HdZJIrfwBxO57Q==';

describe('a note', () => {
  let database: TestDatabase;
  const pools: Kysely<Database>[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    for (const url of [database.appUrl, database.ownerUrl]) {
      const pool = new pg.Pool({ connectionString: url, max: 1 });
      pool.on('error', () => undefined); // cut off by drop()
      pools.push(new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }));
    }
    const [app] = pools;
    for (const id of ['ada', 'eve']) {
      const email = `${id}@example.org`;
      await app?.insertInto('auth.users').values({ id, name: id, email }).execute();
    }
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.destroy()));
    await database.drop();
  });

  const insert = (db: Kysely<Database>, texts: { title?: string; body?: string }, id?: string) =>
    asUser(db, 'ada', (trx) =>
      trx
        .insertInto('auth.vault_notes')
        .values({
          user_id: 'ada',
          id: id ?? randomUUID(),
          title: ENCRYPTED,
          body: ENCRYPTED,
          ...texts,
        })
        .execute(),
    );
  const notes = (db: Kysely<Database>) =>
    db.selectFrom('auth.vault_notes').select(['user_id', 'body']).execute();

  it('is seen, changed and removed by nobody without its user’s context, not even by the owner of the tables', async () => {
    const id = randomUUID();
    for (const db of pools) {
      await asUser(db, 'ada', (trx) => trx.deleteFrom('auth.vault_notes').execute());
      await insert(db, {}, id);
      expect(await notes(db)).toEqual([]);
      expect(await asUser(db, 'eve', notes)).toEqual([]);
      const spoil = async (as: Kysely<Database>) => {
        await as.updateTable('auth.vault_notes').set({ body: OTHER }).execute();
        await as.deleteFrom('auth.vault_notes').execute();
      };
      await spoil(db);
      await asUser(db, 'eve', spoil);
      expect(await asUser(db, 'ada', notes)).toEqual([{ user_id: 'ada', body: ENCRYPTED }]);
    }
  });

  it('can have an id that another user’s note has, and nobody learns of it', async () => {
    const id = randomUUID();
    for (const db of pools) {
      await asUser(db, 'ada', (trx) => trx.deleteFrom('auth.vault_notes').execute());
      await insert(db, {}, id);
      const eves = { user_id: 'eve', id, title: ENCRYPTED, body: ENCRYPTED };
      await asUser(db, 'eve', async (trx) => {
        await trx.insertInto('auth.vault_notes').values(eves).execute();
        await trx.deleteFrom('auth.vault_notes').execute();
      });
    }
  });

  it('can not be added in the name of another user', async () => {
    for (const db of pools) {
      const values = { user_id: 'eve', id: randomUUID(), title: ENCRYPTED, body: ENCRYPTED };
      const put = asUser(db, 'ada', (trx) =>
        trx.insertInto('auth.vault_notes').values(values).execute(),
      );
      await expect(put).rejects.toMatchObject({ code: '42501' });
    }
  });

  it.each([
    ['plain text', 'Dear diary'],
    ['nothing', ''],
    ['plain text that claims to be encrypted', 'enc:2:1.Dear diary'],
    ['a second line after a value', `${ENCRYPTED}\nDear diary`],
    ['a format that nobody knows', ENCRYPTED.replace('enc:2:', 'enc:3:')],
    ['another alphabet', ENCRYPTED.replace('==', '-_')],
  ])('refuses %s', async (_name, text) => {
    for (const db of pools) {
      await expect(insert(db, { title: text })).rejects.toMatchObject({ code: '23514' });
      await expect(insert(db, { body: text })).rejects.toMatchObject({ code: '23514' });
    }
  });

  it('is no larger than a request can be', async () => {
    const long = (length: number) => `enc:1:AAECAwQFBgcICQoL.${'A'.repeat(length - 23)}`;
    for (const db of pools) {
      await insert(db, { title: long(1_000), body: long(50_000) });
      await expect(insert(db, { title: long(1_001) })).rejects.toMatchObject({ code: '23514' });
      await expect(insert(db, { body: long(50_001) })).rejects.toMatchObject({ code: '23514' });
    }
  });
});
