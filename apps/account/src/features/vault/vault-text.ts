import type { VaultAuditAction } from '@mana/shared-auth';

/** The entries in a vault's audit, as its owner would put them. Total: a new action needs a text. */
const ACTIONS: Readonly<Record<VaultAuditAction, string>> = {
  init: 'Vault created',
  failed_init: 'Creating the vault failed',
  fetch: 'A device asked to unlock it',
  failed_fetch: 'Unlocking failed',
  rotate: 'Key replaced',
  failed_rotate: 'Replacing the key failed',
  recovery_set: 'Recovery code set',
  failed_recovery_set: 'Setting a recovery code failed',
  recovery_clear: 'Recovery code removed',
  failed_recovery_clear: 'Removing the recovery code failed',
  zk_enable: 'Zero knowledge turned on',
  failed_zk_enable: 'Turning on zero knowledge failed',
  zk_disable: 'Zero knowledge turned off',
  failed_zk_disable: 'Turning off zero knowledge failed',
  passkey_set: 'Unlocking with a passkey turned on',
  failed_passkey_set: 'Turning on unlocking with a passkey failed',
  passkey_clear: 'Unlocking with a passkey turned off',
  failed_passkey_clear: 'Turning off unlocking with a passkey failed',
  removed: 'Vault removed',
  failed_removed: 'Removing the vault failed',
};

/** Why something failed, for an owner who wonders whether it was them. */
const REASONS: Readonly<Record<string, string>> = {
  REAUTHENTICATION_REQUIRED: 'we asked for the password first',
  UNAUTHORIZED: 'nobody was signed in there',
  TOKEN_EXPIRED: 'that device was signed out',
  RATE_LIMITED: 'too many tries in a minute',
  VALIDATION: "the request wasn't valid",
  VAULT_CONFLICT: 'it was changed elsewhere first',
  VAULT_NOT_INITIALISED: 'there was no vault',
  VAULT_UNREADABLE: "the vault couldn't be read",
  RECOVERY_WRAP_MISSING: 'there was no recovery code',
  ZK_ACTIVE: 'zero knowledge was on',
  ZK_ROTATE_FORBIDDEN: 'zero knowledge was on',
  SERVICE_UNAVAILABLE: 'this one was on us',
  INTERNAL: 'this one was on us',
};

/** An entry in plain text. One from a newer or older server still shows that something happened, and when. */
export function describeVaultAction(action: string): string {
  return isKnown(action) ? ACTIONS[action] : 'Something happened in your vault';
}

/** Undefined for what succeeded, and for what needs no reason beside its action. */
export function findVaultReason(status: string | null): string | undefined {
  return status !== null && Object.hasOwn(REASONS, status) ? REASONS[status] : undefined;
}

function isKnown(action: string): action is VaultAuditAction {
  return Object.hasOwn(ACTIONS, action);
}
