import { type Kysely, sql } from 'kysely';

/**
 * One sentence for each thing in how this database was created that no migration can change and that we
 * can't serve. Works as any role, before any migration and afterwards.
 */
export async function findUnservable<DB>(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ encoding: string }>`
    select pg_catalog.current_setting('server_encoding') as encoding
  `.execute(db);
  const encoding = rows[0]?.encoding;
  return encoding === 'UTF8'
    ? []
    : [
        `the database stores text as ${encoding}, which can't hold every name and address: create one with \`encoding 'UTF8'\`, and move the data there with pg_dump`,
      ];
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
