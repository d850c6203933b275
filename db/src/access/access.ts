import { isDeepStrictEqual } from 'node:util';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Catalog, CatalogRoles, Grants } from '../catalog/catalog-types.ts';
import {
  deriveGrants,
  deriveTableAccess,
  sequenceRules,
  type TableAccess,
  tableRules,
} from './access-rules.ts';

const SCHEMA = 'auth';

/** The current role as the owner, and the plain role unless it is the same. */
export async function readRoles<DB>(db: Kysely<DB>, appRole: string | null): Promise<CatalogRoles> {
  const { rows } = await sql<{ role: string }>`select current_user as role`.execute(db);
  const row = rows[0];
  if (!row) throw new Error('Postgres named no current role');
  return { app: appRole === row.role ? null : appRole, owner: row.role };
}

/** The part of a catalog that says who may do what. */
export interface AccessCatalog {
  readonly schemas: Catalog['schemas'];
  readonly tables: Readonly<Record<string, TableAccess>>;
  readonly sequences: Readonly<Record<string, { readonly grants: Grants }>>;
}

/**
 * The statements that leave exactly the rights that the rules name, for this plain role and no former one,
 * and row-level security on every table of secrets. Run as the owner. Pure.
 *
 * What is right already isn't touched, so a restart takes no lock on a table in use.
 */
export function decideAccess(live: AccessCatalog, roles: CatalogRoles): RawBuilder<unknown>[] {
  const hasApp = roles.app !== null;
  const statements = grantStatements(
    sql`schema ${sql.id(SCHEMA)}`,
    live.schemas[SCHEMA]?.grants ?? {},
    deriveGrants(['usage'], hasApp),
    roles,
  );

  for (const [name, rule] of Object.entries(tableRules)) {
    const table = live.tables[name];
    if (table) {
      statements.push(...tableStatements(name, table, deriveTableAccess(rule, hasApp), roles));
    }
  }
  for (const name of Object.keys(sequenceRules)) {
    const sequence = live.sequences[name];
    if (sequence) {
      const target = sql`sequence ${sql.table(name)}`;
      const wanted = deriveGrants(['usage'], hasApp);
      statements.push(...grantStatements(target, sequence.grants, wanted, roles));
    }
  }
  return statements;
}

function tableStatements(
  name: string,
  live: TableAccess,
  wanted: TableAccess,
  roles: CatalogRoles,
): RawBuilder<unknown>[] {
  const table = sql.table(name);
  const statements = grantStatements(sql`table ${table}`, live.grants, wanted.grants, roles);
  if (!isDeepStrictEqual(live.rowSecurity, wanted.rowSecurity)) {
    const { enabled, forced } = wanted.rowSecurity;
    statements.push(
      sql`alter table ${table} ${sql.raw(enabled ? 'enable' : 'disable')} row level security`,
      sql`alter table ${table} ${sql.raw(forced ? 'force' : 'no force')} row level security`,
    );
  }
  if (isDeepStrictEqual(live.policies, wanted.policies)) return statements;

  for (const policy of Object.keys(live.policies)) {
    statements.push(sql`drop policy if exists ${sql.id(policy)} on ${table}`);
  }
  for (const [policy, { command, roles: names, using, check }] of Object.entries(wanted.policies)) {
    statements.push(sql`
      create policy ${sql.id(policy)} on ${table} for ${sql.raw(command)}
      to ${sql.join(names.map((role) => roleIdentifier(role, roles)))}
      using (${sql.raw(using ?? 'true')}) with check (${sql.raw(check ?? 'true')})
    `);
  }
  return statements;
}

function grantStatements(
  target: RawBuilder<unknown>,
  live: Grants,
  wanted: Grants,
  roles: CatalogRoles,
): RawBuilder<unknown>[] {
  // What the owner was granted before it owned the object is its own right now.
  const { owner: _, ...others } = live;
  if (isDeepStrictEqual(others, wanted)) return [];
  const revoked = Object.keys(others).map(
    (role) => sql`revoke all on ${target} from ${roleIdentifier(role, roles)} cascade`,
  );
  const granted = Object.entries(wanted).map(
    ([role, privileges]) =>
      sql`grant ${sql.raw(privileges.join(', '))} on ${target} to ${roleIdentifier(role, roles)}`,
  );
  return [...revoked, ...granted];
}

/** From the catalog's name for a role back to the database's. */
function roleIdentifier(name: string, roles: CatalogRoles): RawBuilder<unknown> {
  if (name === 'public') return sql`public`;
  if (name === 'owner') return sql.id(roles.owner);
  if (name === 'app' && roles.app !== null) return sql.id(roles.app);
  return sql.id(name.replace(/^role /, ''));
}
