import type { Migration } from 'kysely/migration';
import * as schemaAndEnums from './0001_schema_and_enums.ts';
import * as users from './0002_users.ts';
import * as sessions from './0003_sessions.ts';
import * as accounts from './0004_accounts.ts';
import * as verification from './0005_verification.ts';
import * as jwks from './0006_jwks.ts';
import * as loginAttempts from './0007_login_attempts.ts';
import * as securityEvents from './0008_security_events.ts';
import * as accountSafety from './0009_account_safety.ts';
import * as passkeys from './0010_passkeys.ts';
import * as organizations from './0011_organizations.ts';
import * as encryptionVaults from './0012_encryption_vaults.ts';
import * as existingDatabase from './0013_existing_database.ts';
import * as appendOnlyTrails from './0014_append_only_trails.ts';
import * as signatureCounters from './0015_signature_counters.ts';
import * as vaultServer from './0016_vault_server.ts';
import * as passkeyWraps from './0017_passkey_wraps.ts';
import * as notes from './0018_notes.ts';
import * as faultsCountForNobody from './0019_faults_count_for_nobody.ts';
import * as outbox from './0020_outbox.ts';
import * as sessionFamilies from './0021_session_families.ts';
import * as refusedCalls from './0023_refused_calls.ts';
import * as asciiDomains from './0024_ascii_domains.ts';

/**
 * Every migration under the name that the database remembers. Names sort in the order of running,
 * and a released one never changes (`digests.json`); each can run again on a database that has parts of it.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_schema_and_enums': schemaAndEnums,
  '0002_users': users,
  '0003_sessions': sessions,
  '0004_accounts': accounts,
  '0005_verification': verification,
  '0006_jwks': jwks,
  '0007_login_attempts': loginAttempts,
  '0008_security_events': securityEvents,
  '0009_account_safety': accountSafety,
  '0010_passkeys': passkeys,
  '0011_organizations': organizations,
  '0012_encryption_vaults': encryptionVaults,
  '0013_existing_database': existingDatabase,
  '0014_append_only_trails': appendOnlyTrails,
  '0015_signature_counters': signatureCounters,
  '0016_vault_server': vaultServer,
  '0017_passkey_wraps': passkeyWraps,
  '0018_notes': notes,
  '0019_faults_count_for_nobody': faultsCountForNobody,
  '0020_outbox': outbox,
  '0021_session_families': sessionFamilies,
  '0023_refused_calls': refusedCalls,
  '0024_ascii_domains': asciiDomains,
};
