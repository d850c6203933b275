import type { CodeMapping } from './code-mapping.ts';

/** The place of every code of the passkey plugin. */
export const betterAuthPasskeyCodes: Readonly<Record<string, CodeMapping>> = {
  // The ceremony failed. The plugin answers 400, 401 or 500 for the same thing, so status says nothing.
  AUTHENTICATION_FAILED: 'PASSKEY_VERIFICATION_FAILED',
  FAILED_TO_VERIFY_REGISTRATION: 'PASSKEY_VERIFICATION_FAILED',
  CHALLENGE_NOT_FOUND: 'PASSKEY_VERIFICATION_FAILED',

  // At sign-in (401) an unknown credential, else a passkey that isn't the user's.
  PASSKEY_NOT_FOUND: { 401: 'PASSKEY_VERIFICATION_FAILED', otherwise: 'NOT_FOUND' },

  // In the browser.
  AUTH_CANCELLED: 'PASSKEY_CANCELLED',
  REGISTRATION_CANCELLED: 'PASSKEY_CANCELLED',
  PREVIOUSLY_REGISTERED: 'VALIDATION',
  UNKNOWN_ERROR: 'INTERNAL',

  // Who may register.
  SESSION_REQUIRED: 'UNAUTHORIZED',
  YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY: 'FORBIDDEN',

  // The plugin or our wiring of it failed.
  UNABLE_TO_CREATE_SESSION: 'INTERNAL',
  FAILED_TO_UPDATE_PASSKEY: 'INTERNAL',
  RESOLVE_USER_REQUIRED: 'INTERNAL',
  RESOLVED_USER_INVALID: 'INTERNAL',
};
