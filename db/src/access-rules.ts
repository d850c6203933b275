import type { Grants, PolicyCatalog, TableCatalog } from './catalog-types.ts';
import type { TableName } from './database.ts';

type Privilege = 'select' | 'insert' | 'update' | 'delete';

interface TableRule {
  /** What the plain role may do; nobody else but the owner may do anything. */
  readonly app: readonly Privilege[];
  /** Rows are shown to the server's roles alone, even if somebody grants another role `select`. */
  readonly secret: boolean;
}

/** Who may do what on each table. One line for each; a table without one doesn't compile. */
export const tableRules: Readonly<Record<TableName | KyselyTable, TableRule>> = {
  'auth.users': { app: ['select', 'insert', 'update', 'delete'], secret: false },
  'auth.sessions': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.accounts': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.verification': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.jwks': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.two_factor_auth': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.known_devices': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.lockouts': { app: ['select', 'insert', 'update', 'delete'], secret: false },
  'auth.daily_signups': { app: ['select', 'insert', 'update', 'delete'], secret: false },
  'auth.passkeys': { app: ['select', 'insert', 'update', 'delete'], secret: false },
  'auth.organizations': { app: ['select', 'insert', 'update', 'delete'], secret: false },
  'auth.members': { app: ['select', 'insert', 'update', 'delete'], secret: false },
  'auth.invitations': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.encryption_vaults': { app: ['select', 'insert', 'update', 'delete'], secret: true },
  'auth.encryption_vault_audit': { app: ['select', 'insert'], secret: true },
  'auth.login_attempts': { app: ['select', 'insert', 'delete'], secret: false },
  'auth.security_events': { app: ['select', 'insert'], secret: false },
  'auth.kysely_migration': { app: ['select'], secret: false },
  'auth.kysely_migration_lock': { app: [], secret: false },
};

type KyselyTable = 'auth.kysely_migration' | 'auth.kysely_migration_lock';

/** Each sequence that the plain role draws from when it inserts, with the column whose default does so. */
export const sequenceRules: Readonly<Record<string, { table: TableName; column: string }>> = {
  'auth.login_attempts_id_seq': { table: 'auth.login_attempts', column: 'id' },
};

/** The part of a table's catalog that says who may do what. */
export type TableAccess = Pick<TableCatalog, 'rowSecurity' | 'policies' | 'grants'>;

/** What the catalog shows once a rule is in force; without a plain role the owner alone is named. */
export function deriveTableAccess(rule: TableRule, hasApp: boolean): TableAccess {
  return {
    rowSecurity: { enabled: rule.secret, forced: rule.secret },
    policies: rule.secret ? { server_only: deriveServerOnly(hasApp) } : {},
    grants: deriveGrants(rule.app, hasApp),
  };
}

/** Privileges for the plain role, none for anybody else. */
export function deriveGrants(privileges: readonly string[], hasApp: boolean): Grants {
  return hasApp && privileges.length > 0 ? { app: [...privileges].sort() } : {};
}

function deriveServerOnly(hasApp: boolean): PolicyCatalog {
  return {
    kind: 'permissive',
    command: 'all',
    roles: hasApp ? ['app', 'owner'] : ['owner'],
    using: 'true',
    check: 'true',
  };
}
