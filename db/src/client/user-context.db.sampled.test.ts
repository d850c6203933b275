import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProofs } from '../../testing/in-proofs.ts';
import { isPgBouncerInstalled, startPgBouncer } from '../../testing/pgbouncer.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import type { Database } from '../schema/database.ts';
import { asUser, enterUserContext } from './user-context.ts';

const USERS = Array.from({ length: inProofs(200, { otherwise: 40 }) }, (_, i) => `user-${i}`);

describe('S28: the context of a user', () => {
  let database: TestDatabase;
  let app: Kysely<Database>;
  let owner: Kysely<Database>;
  const statements: string[] = [];
  function connect(url: string): Kysely<Database> {
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    pool.on('error', () => undefined); // cut off by drop()
    return new Kysely<Database>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => void statements.push(query.sql),
    });
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    app = connect(database.appUrl);
    owner = connect(database.ownerUrl);
    for (const id of USERS) {
      await app
        .insertInto('auth.users')
        .values({ id, name: id, email: `${id}@example.org` })
        .execute();
      await asUser(app, id, async (trx) => {
        const wrap = { wrapped_mk: `of ${id}`, wrap_iv: 'iv' };
        await trx
          .insertInto('auth.encryption_vaults')
          .values({ user_id: id, ...wrap })
          .execute();
        await trx
          .insertInto('auth.encryption_vault_audit')
          .values({ user_id: id, action: 'init' })
          .execute();
      });
    }
  });
  afterAll(async () => {
    await Promise.all([app.destroy(), owner.destroy()]);
    await database.drop();
  });

  const vaults = (db: Kysely<Database>) =>
    db.selectFrom('auth.encryption_vaults').select(['user_id', 'wrapped_mk']).execute();
  const audit = (db: Kysely<Database>) =>
    db.selectFrom('auth.encryption_vault_audit').select('user_id').execute();

  it('is required to see any row, even for the owner of the tables', async () => {
    for (const db of [app, owner]) {
      expect(await vaults(db)).toEqual([]);
      expect(await audit(db)).toEqual([]);
    }
  });

  it('is gone after its transaction, where the setting is empty and no longer null', async () => {
    for (const db of [app, owner]) {
      await db.connection().execute(async (connection) => {
        await asUser(connection, 'user-1', async (trx) => {
          expect(await vaults(trx)).toEqual([{ user_id: 'user-1', wrapped_mk: 'of user-1' }]);
        });
        const { rows } = await sql`
          select current_setting('app.current_user_id', true) as context
        `.execute(connection);
        expect(rows).toEqual([{ context: '' }]);
        expect(await vaults(connection)).toEqual([]);
      });
    }
  });

  async function readAllAtOnce(db: Kysely<Database>): Promise<void> {
    await Promise.all(
      [...USERS, ...USERS].map((id) =>
        asUser(db, id, async (trx) => {
          expect(await vaults(trx)).toEqual([{ user_id: id, wrapped_mk: `of ${id}` }]);
          await sql`select pg_sleep(0.001)`.execute(trx);
          expect(await audit(trx)).toEqual([{ user_id: id }]);
        }),
      ),
    );
  }

  it(`shows ${USERS.length} interleaved users on two connections nothing of one another`, async () => {
    await readAllAtOnce(app);
  });

  it.skipIf(!isPgBouncerInstalled)(
    'shows them nothing of one another through PgBouncer in transaction mode, and nobody anything afterwards',
    async () => {
      const pgBouncer = await startPgBouncer(database.appUrl, { poolSize: 2 });
      // Many clients, so that each transaction may get either connection after any other.
      const clients = Array.from({ length: 4 }, () => connect(pgBouncer.url));
      try {
        await Promise.all(
          clients.map(async (client) => {
            await readAllAtOnce(client);
            expect(await vaults(client)).toEqual([]);
            expect(await audit(client)).toEqual([]);
          }),
        );
      } finally {
        await Promise.all(clients.map((client) => client.destroy()));
        await pgBouncer.stop();
      }
    },
  );

  it('lets nobody write, move or remove what belongs to another user', async () => {
    const write = (values: { user_id: string }) =>
      asUser(app, 'user-1', (trx) =>
        trx
          .insertInto('auth.encryption_vault_audit')
          .values({ ...values, action: 'init' })
          .execute(),
      );
    await expect(write({ user_id: 'user-2' })).rejects.toMatchObject({ code: '42501' });
    await asUser(app, 'user-1', async (trx) => {
      const removed = await trx
        .deleteFrom('auth.encryption_vaults')
        .where('user_id', '=', 'user-2')
        .executeTakeFirst();
      expect(removed.numDeletedRows).toBe(0n);
    });
    const move = asUser(app, 'user-1', (trx) =>
      trx.updateTable('auth.encryption_vaults').set({ user_id: 'user-2' }).execute(),
    );
    await expect(move).rejects.toMatchObject({ code: '42501' });
  });

  it('of nobody is refused before anything is sent', async () => {
    statements.length = 0;
    await expect(asUser(app, '', vaults)).rejects.toThrow(TypeError);
    expect(statements).toEqual([]);
    await app.transaction().execute(async (trx) => {
      await expect(enterUserContext(trx, '')).rejects.toThrow(TypeError);
    });
    expect(statements.filter((statement) => /set_config/.test(statement))).toEqual([]);
  });
});
