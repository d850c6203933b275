import { type Kysely, sql } from 'kysely';
import type { CatalogRoles, Grants } from '../catalog/catalog-types.ts';

/** The rights that new objects start with, because of `alter default privileges`. */
export interface DefaultAccess {
  readonly schemas: Grants;
  readonly tables: Grants;
  readonly sequences: Grants;
}

/** What roles other than the owner may do with each object that the owner creates in schema `auth`. */
export async function readDefaultAccess<DB>(
  db: Kysely<DB>,
  roles: CatalogRoles,
): Promise<DefaultAccess> {
  const { rows } = await sql<{ kind: string; role: string | null; privileges: string[] }>`
    select
      defaclobjtype as kind,
      case when grantee = 0 then null else pg_get_userbyid(grantee) end as role,
      array_agg(lower(privilege_type collate "C") order by privilege_type collate "C") as privileges
    from pg_catalog.pg_default_acl, pg_catalog.aclexplode(defaclacl)
    where pg_get_userbyid(defaclrole) = ${roles.owner} and grantee <> defaclrole
      and defaclnamespace in (
        select 0 union all select oid from pg_catalog.pg_namespace where nspname = 'auth'
      )
    group by defaclobjtype, grantee
  `.execute(db);
  const grantsOf = (kind: string): Grants =>
    Object.fromEntries(
      rows
        .filter((row) => row.kind === kind)
        .map((row) => [nameRole(row.role, roles), row.privileges]),
    );
  return { schemas: grantsOf('n'), tables: grantsOf('r'), sequences: grantsOf('S') };
}

/** As catalogs name roles. */
function nameRole(role: string | null, roles: CatalogRoles): string {
  if (role === null) return 'public';
  return role === roles.app ? 'app' : `role ${role}`;
}
