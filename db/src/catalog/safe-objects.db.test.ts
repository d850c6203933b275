import { type Kysely, sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { connectForTest } from '../../testing/connect.ts';
import { createTestDatabase } from '../../testing/test-database.ts';

async function prepare() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return connectForTest(database.ownerUrl);
}

/** Views that read with their owner's rights, and functions that run with them on any search path. */
async function listUnsafeObjects(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select oid::regclass::text as name from pg_class
    where relkind in ('v', 'm') and relnamespace::regnamespace::text in ('auth', 'spaces', 'public')
      and not coalesce(reloptions && array['security_invoker=true', 'security_invoker=on'], false)
    union all
    select oid::regprocedure::text from pg_proc
    where prosecdef and pronamespace::regnamespace::text in ('auth', 'spaces', 'public')
      and not exists (select from unnest(proconfig) as setting where setting like 'search_path=%')
  `.execute(db);
  return rows.map((row) => row.name);
}

it("S29: no view reads and no function runs with rights other than the caller's", async () => {
  expect(await listUnsafeObjects(await prepare())).toEqual([]);
});

it('S29: one that did would be found', async () => {
  const db = await prepare();
  await sql`create view auth.people as select name from auth.users`.execute(db);
  await sql`create view auth.safe with (security_invoker = true) as select 1 as one`.execute(db);
  await sql`
    create function auth.anything() returns int language sql security definer as 'select 1'
  `.execute(db);
  await sql`
    create function auth.pinned() returns int language sql security definer
    set search_path = pg_catalog as 'select 1'
  `.execute(db);
  expect(await listUnsafeObjects(db)).toEqual(['auth.people', 'auth.anything()']);
});

it('every function of ours pins its search path', async () => {
  const db = await prepare();
  const { rows } = await sql`
    select oid::regprocedure::text from pg_proc
    where pronamespace = 'auth'::regnamespace and not coalesce('search_path=pg_catalog' = any (proconfig), false)
  `.execute(db);
  expect(rows).toEqual([]);
});
