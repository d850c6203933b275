/** The security events of an account, as its owner would put them. */
const TEXTS: Readonly<Record<string, string>> = {
  LOGIN_SUCCESS: 'Signed in',
  LOGIN_FAILURE: "A password or code wasn't accepted",
  ACCOUNT_LOCKED: 'Password sign-in was paused',
  ACCOUNT_UNLOCKED: 'Password sign-in was allowed again',
  SERVICE_ERROR: 'Something failed on our side',
  PASSWORD_CHANGED: 'Password changed',
  EMAIL_CHANGED: 'Email address changed',
  SESSION_REVOKED: 'A device was signed out',
  TWO_FACTOR_ENABLED: 'Two-step sign-in turned on',
  TWO_FACTOR_DISABLED: 'Two-step sign-in turned off',
  BACKUP_CODES_REPLACED: 'New backup codes created',
  BACKUP_CODE_USED: 'Signed in with a backup code',
  KNOWN_DEVICE_ADDED: 'First sign-in from a new device',
  PASSKEY_LOGIN_FAILURE: "A passkey wasn't accepted",
  PASSKEY_ADDED: 'Passkey added',
  PASSKEY_REMOVED: 'Passkey removed',
  PASSKEY_COUNTER_WENT_BACK: 'A passkey that may have been copied was refused',
};

/**
 * An event in plain text, and how often it happened on its day. One from a newer server still shows that
 * something happened, and when.
 */
export function describeEvent(type: string, count: number): string {
  const text = Object.hasOwn(TEXTS, type) ? TEXTS[type] : 'Something happened in your account';
  return count > 1 ? `${text}, ${count} times` : `${text}`;
}
