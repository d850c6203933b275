import type { AccountsTable } from './tables/accounts.ts';
import type { DailySignupsTable } from './tables/daily-signups.ts';
import type { EncryptionVaultAuditTable } from './tables/encryption-vault-audit.ts';
import type { EncryptionVaultsTable } from './tables/encryption-vaults.ts';
import type { InvitationsTable } from './tables/invitations.ts';
import type { JwksTable } from './tables/jwks.ts';
import type { KeksTable } from './tables/keks.ts';
import type { KnownDevicesTable } from './tables/known-devices.ts';
import type { LockoutsTable } from './tables/lockouts.ts';
import type { LoginAttemptsTable } from './tables/login-attempts.ts';
import type { MembersTable } from './tables/members.ts';
import type { OrganizationsTable } from './tables/organizations.ts';
import type { PasskeysTable } from './tables/passkeys.ts';
import type { SecurityEventsTable } from './tables/security-events.ts';
import type { SessionsTable } from './tables/sessions.ts';
import type { TwoFactorAuthTable } from './tables/two-factor-auth.ts';
import type { UsersTable } from './tables/users.ts';
import type { VaultNotesTable } from './tables/vault-notes.ts';
import type { VaultPasskeyWrapsTable } from './tables/vault-passkey-wraps.ts';
import type { VerificationTable } from './tables/verification.ts';

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
