import { type Kysely, sql } from 'kysely';
import { findBreaking, findExecuted } from './executed.ts';

/**
 * One sentence for each thing that keeps this version from serving this database and that none of its
 * migrations can change: how it was created, and what a newer version did to it. Works as any role,
 * before any migration and afterwards.
 */
export async function findUnservable<DB>(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ encoding: string }>`
    select pg_catalog.current_setting('server_encoding') as encoding
  `.execute(db);
  const encoding = rows[0]?.encoding;
  if (encoding !== 'UTF8') {
    return [
      `the database stores text as ${encoding}, which can't hold every name and address: create one with \`encoding 'UTF8'\`, and move the data there with pg_dump`,
    ];
  }
  return findBreaking(await findExecuted(db)).map(describeBreaking);
}

/** What there is to say of a newer version's migration that this one can't serve. Pure. */
export function describeBreaking(migration: string): string {
  return `a newer version of mana-auth ran ${migration}, and this one can't serve the database after it: run that version, or a newer one`;
}

/**
 * One sentence where this database's collation lower-cases `I` to something other than `i`, as Turkish ones
 * do, and existing addresses have an `I`: the migration that lower-cases addresses would destroy them.
 */
export async function findMisfoldedAddresses<DB>(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ is_there: boolean }>`
    select lower('I') <> 'i' and exists (
      select from pg_catalog.pg_attribute as attribute
      join pg_catalog.pg_class as class on class.oid = attrelid
      join pg_catalog.pg_namespace as namespace on namespace.oid = relnamespace
      where nspname = 'auth' and relname = 'users' and attname = 'email'
    ) as is_there
  `.execute(db);
  if (!rows[0]?.is_there) return [];
  const found = await sql<{ n: number }>`
    select count(*)::int as n from auth.users where strpos(email::text, 'I') > 0
  `.execute(db);
  const n = found.rows[0]?.n ?? 0;
  return n === 0
    ? []
    : [
        `auth.users: the collation of this database lower-cases I to ı, which would change ${n === 1 ? '1 address' : `${n} addresses`}: run \`update auth.users set email = lower(email collate "C")\` first`,
      ];
}
