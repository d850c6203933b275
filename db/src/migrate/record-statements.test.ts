import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { describe, expect, it } from 'vitest';
import { recordStatements } from './record-statements.ts';

/** A database where every read finds nothing. */
const db = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (one) => new PostgresIntrospector(one),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

describe('recordStatements', () => {
  it('keeps what changes something, in order and without the indentation of its source, and no read', async () => {
    const statements = await recordStatements(db, async (recorder) => {
      expect((await sql`select 1`.execute(recorder)).rows).toEqual([]);
      await sql`
        create table a (
          id text
        )
      `.execute(recorder);
      await sql`with b as (select 1) select * from b`.execute(recorder);
      await sql`-- why\nupdate a set id = null`.execute(recorder);
    });
    expect(statements).toEqual([
      'create table a (\n  id text\n)',
      '-- why\nupdate a set id = null',
    ]);
  });

  it('refuses what a script can not express: parameters, and transactions of its own', async () => {
    await expect(
      recordStatements(db, async (recorder) => {
        await sql`update a set id = ${'x'}`.execute(recorder);
      }),
    ).rejects.toThrow('takes no parameters');
    await expect(
      recordStatements(db, (recorder) => recorder.transaction().execute(async () => undefined)),
    ).rejects.toThrow('neither transactions nor streams');
  });
});
