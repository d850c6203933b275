import type {
  DailySignupsTable,
  KnownDevicesTable,
  LockoutsTable,
  LoginAttemptsTable,
  RefusedCallsTable,
  SecurityEventsTable,
} from './account-safety.ts';
import type {
  AccountsTable,
  JwksTable,
  SessionsTable,
  TwoFactorAuthTable,
  VerificationTable,
} from './authentication.ts';
import type { OutboxTable } from './outbox.ts';
import type { PasskeysTable } from './passkeys.ts';
import type { InvitationsTable, MembersTable, OrganizationsTable } from './spaces.ts';
import type { UsersTable } from './users.ts';
import type {
  EncryptionVaultAuditTable,
  EncryptionVaultsTable,
  KeksTable,
  VaultNotesTable,
  VaultPasskeyWrapsTable,
} from './vault.ts';

/**
 * Every table under its qualified name, so that a query never depends on the search path:
 * `db.selectFrom('auth.users')`. Better Auth, which knows plain names, gets `db.withSchema('auth')`.
 */
export interface Database {
  'auth.users': UsersTable;
  'auth.sessions': SessionsTable;
  'auth.accounts': AccountsTable;
  'auth.verification': VerificationTable;
  'auth.jwks': JwksTable;
  'auth.two_factor_auth': TwoFactorAuthTable;
  'auth.known_devices': KnownDevicesTable;
  'auth.lockouts': LockoutsTable;
  'auth.daily_signups': DailySignupsTable;
  'auth.passkeys': PasskeysTable;
  'auth.organizations': OrganizationsTable;
  'auth.members': MembersTable;
  'auth.invitations': InvitationsTable;
  'auth.encryption_vaults': EncryptionVaultsTable;
  'auth.encryption_vault_audit': EncryptionVaultAuditTable;
  'auth.vault_passkey_wraps': VaultPasskeyWrapsTable;
  'auth.keks': KeksTable;
  'auth.vault_notes': VaultNotesTable;
  'auth.login_attempts': LoginAttemptsTable;
  'auth.security_events': SecurityEventsTable;
  'auth.outbox': OutboxTable;
  'auth.refused_calls': RefusedCallsTable;
}

/** The qualified name of a table, such as `auth.users`. */
export type TableName = keyof Database;
