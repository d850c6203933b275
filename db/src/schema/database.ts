import type { AccountsTable } from './accounts.ts';
import type { DailySignupsTable } from './daily-signups.ts';
import type { EncryptionVaultAuditTable } from './encryption-vault-audit.ts';
import type { EncryptionVaultsTable } from './encryption-vaults.ts';
import type { InvitationsTable } from './invitations.ts';
import type { JwksTable } from './jwks.ts';
import type { KeksTable } from './keks.ts';
import type { KnownDevicesTable } from './known-devices.ts';
import type { LockoutsTable } from './lockouts.ts';
import type { LoginAttemptsTable } from './login-attempts.ts';
import type { MembersTable } from './members.ts';
import type { OrganizationsTable } from './organizations.ts';
import type { PasskeysTable } from './passkeys.ts';
import type { SecurityEventsTable } from './security-events.ts';
import type { SessionsTable } from './sessions.ts';
import type { TwoFactorAuthTable } from './two-factor-auth.ts';
import type { UsersTable } from './users.ts';
import type { VaultNotesTable } from './vault-notes.ts';
import type { VaultPasskeyWrapsTable } from './vault-passkey-wraps.ts';
import type { VerificationTable } from './verification.ts';

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
}

export type TableName = keyof Database;
