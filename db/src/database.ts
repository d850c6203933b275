import type { AccountsTable } from './tables/accounts.ts';
import type { JwksTable } from './tables/jwks.ts';
import type { LoginAttemptsTable } from './tables/login-attempts.ts';
import type { SecurityEventsTable } from './tables/security-events.ts';
import type { SessionsTable } from './tables/sessions.ts';
import type { UsersTable } from './tables/users.ts';
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
  'auth.login_attempts': LoginAttemptsTable;
  'auth.security_events': SecurityEventsTable;
}

export type TableName = keyof Database;
