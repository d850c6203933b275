import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** The role that serves and the role that owns the tables, by their names in the database. */
export interface DatabaseRoles {
  readonly app: string;
  readonly owner: string;
}

/** The role of this connection, and the owner of schema `auth` (this role, if there is no schema yet). */
export async function readDatabaseRoles(db: Kysely<Database>): Promise<DatabaseRoles> {
  const { rows } = await sql<DatabaseRoles>`
    select
      current_user as app,
      coalesce(
        (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'auth'),
        current_user
      ) as owner
  `.execute(db);
  const [roles] = rows;
  if (!roles) throw new Error('Postgres returned no current role');
  return roles;
}

/**
 * Why this role must not serve: row-level security doesn't bind a superuser, a role with BYPASSRLS, or one
 * that owns the tables. One sentence each, none for a plain role.
 */
export async function findRoleProblems(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{
    name: string;
    is_superuser: boolean;
    bypasses_rls: boolean;
    owns_tables: boolean;
  }>`
    select
      role.rolname as name,
      role.rolsuper as is_superuser,
      role.rolbypassrls as bypasses_rls,
      exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('auth', 'spaces') and c.relowner = role.oid
      ) as owns_tables
    from pg_roles role where role.rolname = current_user
  `.execute(db);
  return rows.flatMap((role) => [
    ...(role.is_superuser ? [`the database role ${role.name} is a superuser`] : []),
    ...(role.bypasses_rls ? [`the database role ${role.name} has BYPASSRLS`] : []),
    ...(role.owns_tables ? [`the database role ${role.name} owns tables of mana-auth`] : []),
  ]);
}
