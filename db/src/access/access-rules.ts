import type { Grants, PolicyCatalog, TableCatalog } from '../catalog/catalog-types.ts';
import type { Database, TableName } from '../schema/database.ts';

type Privilege = 'select' | 'insert' | 'update' | 'delete';

/**
 * Who sees which rows: with `all`, every role that may read the table sees all; with `server-only`, the
 * server's roles see all and no other role any, even if it is granted `select`; with `own`, a transaction
 * sees those of the user whose context it is in (`user-context.ts`), and none without, even as the owner.
 */
type RowsShown = 'all' | 'server-only' | 'own';

interface TableRule<Column extends string = string> {
  /** What the plain role may do; nobody else but the owner may do anything. */
  readonly app: readonly Privilege[];
  /** The columns that it may fill or change where `app` doesn't allow that for all. */
  readonly columns?: Partial<Record<'insert' | 'update', readonly Column[]>>;
  readonly rows: RowsShown;
}

type TableRules = { readonly [Name in TableName]: TableRule<keyof Database[Name] & string> } & {
  readonly [Name in KyselyTable]: TableRule;
};

/** What users decide about themselves, by what they do. */
const ownUserColumns = [
  'name',
  'email',
  'email_verified',
  'image',
  'two_factor_enabled',
  'updated_at',
] as const;

/** Who may do what on each table. A table without a rule doesn't compile. */
export const tableRules: TableRules = {
  // Role, tier, kind and what else an operator decides are read-only to the server.
  'auth.users': {
    app: ['select', 'delete'],
    columns: {
      insert: ['id', 'created_at', ...ownUserColumns],
      update: ownUserColumns,
    },
    rows: 'all',
  },
  'auth.sessions': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.accounts': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.verification': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.jwks': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.two_factor_auth': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.known_devices': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.lockouts': { app: ['select', 'insert', 'update', 'delete'], rows: 'all' },
  'auth.daily_signups': { app: ['select', 'insert', 'update', 'delete'], rows: 'all' },
  'auth.passkeys': { app: ['select', 'insert', 'update', 'delete'], rows: 'all' },
  'auth.organizations': { app: ['select', 'insert', 'update', 'delete'], rows: 'all' },
  'auth.members': { app: ['select', 'insert', 'update', 'delete'], rows: 'all' },
  'auth.invitations': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.encryption_vaults': { app: ['select', 'insert', 'update', 'delete'], rows: 'own' },
  'auth.encryption_vault_audit': { app: ['select', 'insert'], rows: 'own' },
  'auth.vault_passkey_wraps': { app: ['select', 'insert', 'update', 'delete'], rows: 'own' },
  'auth.vault_notes': { app: ['select', 'insert', 'update', 'delete'], rows: 'own' },
  'auth.keks': { app: ['select', 'insert', 'update', 'delete'], rows: 'all' },
  'auth.login_attempts': { app: ['select', 'insert', 'delete'], rows: 'all' },
  'auth.security_events': { app: ['select', 'insert'], rows: 'all' },
  'auth.outbox': { app: ['select', 'insert', 'update', 'delete'], rows: 'server-only' },
  'auth.refused_calls': { app: ['select', 'insert', 'update'], rows: 'all' },
  'auth.kysely_migration': { app: ['select'], rows: 'all' },
  'auth.kysely_migration_lock': { app: [], rows: 'all' },
};

type KyselyTable = 'auth.kysely_migration' | 'auth.kysely_migration_lock';

/** Each sequence that the plain role draws from when it inserts, with the column whose default does so. */
export const sequenceRules: Readonly<Record<string, { table: TableName; column: string }>> = {
  'auth.login_attempts_id_seq': { table: 'auth.login_attempts', column: 'id' },
};

/** The part of a table's catalog that says who may do what. */
export type TableAccess = Pick<TableCatalog, 'rowSecurity' | 'policies' | 'grants'>;

/** What the catalog shows once a rule is in force; without a plain role it names only the owner. */
export function deriveTableAccess(rule: TableRule, hasApp: boolean): TableAccess {
  const isBound = rule.rows !== 'all';
  return {
    rowSecurity: { enabled: isBound, forced: isBound },
    policies: derivePolicies(rule.rows, hasApp),
    grants: deriveGrants(listPrivileges(rule), hasApp),
  };
}

function listPrivileges({ app, columns = {} }: TableRule): string[] {
  const ofColumns = Object.entries(columns).flatMap(([privilege, names]) =>
    names.map((name) => `${privilege}(${name})`),
  );
  return [...app, ...ofColumns];
}

/** Privileges for the plain role, none for any other. */
export function deriveGrants(privileges: readonly string[], hasApp: boolean): Grants {
  return hasApp && privileges.length > 0 ? { app: [...privileges].sort() } : {};
}

/** After `set local` a setting becomes empty again, not null; neither shows a row. */
const IS_OWN = "(user_id = NULLIF(current_setting('app.current_user_id'::text, true), ''::text))";

function derivePolicies(rows: RowsShown, hasApp: boolean): Record<string, PolicyCatalog> {
  const roles = hasApp ? ['app', 'owner'] : ['owner'];
  const policy = { kind: 'permissive', command: 'all', roles };
  switch (rows) {
    case 'all':
      return {};
    case 'server-only':
      return { server_only: { ...policy, using: 'true', check: 'true' } };
    case 'own':
      return { own_rows: { ...policy, using: IS_OWN, check: IS_OWN } };
  }
}
