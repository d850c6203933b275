import type { VaultAuditAction } from '@mana/shared-auth';

/** What can be in the audit of a vault, as its owner would tell it. Total: a new action wants its words. */
const ACTIONS: Readonly<Record<VaultAuditAction, string>> = {
  init: 'Vault made',
  failed_init: 'Making the vault failed',
  fetch: 'A device asked to unlock it',
  failed_fetch: 'Unlocking failed',
  rotate: 'Key replaced',
  failed_rotate: 'Replacing the key failed',
  recovery_set: 'Recovery code set',
  failed_recovery_set: 'Setting a recovery code failed',
  recovery_clear: 'Recovery code removed',
  failed_recovery_clear: 'Removing the recovery code failed',
  zk_enable: 'Zero knowledge turned on',
  failed_zk_enable: 'Turning zero knowledge on failed',
  zk_disable: 'Zero knowledge turned off',
  failed_zk_disable: 'Turning zero knowledge off failed',
  passkey_set: 'A passkey set up to unlock it',
  failed_passkey_set: 'Setting a passkey up to unlock it failed',
  passkey_clear: 'A passkey unlocks it no more',
  failed_passkey_clear: 'Keeping a passkey from unlocking it failed',
  removed: 'Vault removed',
  failed_removed: 'Removing the vault failed',
};

/** Why something failed, for who wonders whether it was them. */
const REASONS: Readonly<Record<string, string>> = {
  REAUTHENTICATION_REQUIRED: 'we asked for the password first',
  UNAUTHORIZED: 'nobody was signed in there',
  TOKEN_EXPIRED: 'that device was signed out',
  RATE_LIMITED: 'too often in a minute',
  VALIDATION: "what was sent didn't fit",
  VAULT_CONFLICT: 'it was changed elsewhere first',
  VAULT_NOT_INITIALISED: 'there was no vault',
  VAULT_UNREADABLE: "the vault couldn't be read",
  RECOVERY_WRAP_MISSING: 'there was no recovery code',
  ZK_ACTIVE: 'zero knowledge was on',
  ZK_ROTATE_FORBIDDEN: 'zero knowledge was on',
  SERVICE_UNAVAILABLE: 'that one was on us',
  INTERNAL: 'that one was on us',
};

/** An entry in words. One of a newer or older server still shows that something happened, and when. */
export function describeVaultAction(action: string): string {
  return isKnown(action) ? ACTIONS[action] : 'Something about your vault';
}

/** Undefined for what went well, and where the words of the action have to do. */
export function findVaultReason(status: string | null): string | undefined {
  return status !== null && Object.hasOwn(REASONS, status) ? REASONS[status] : undefined;
}

function isKnown(action: string): action is VaultAuditAction {
  return Object.hasOwn(ACTIONS, action);
}
