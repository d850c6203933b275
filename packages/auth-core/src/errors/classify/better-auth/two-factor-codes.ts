import type { CodeMapping } from './code-mapping.ts';

/** The place of every code of the two-factor plugin. */
export const betterAuthTwoFactorCodes: Readonly<Record<string, CodeMapping>> = {
  // A wrong code counts toward lockout.
  INVALID_CODE: 'TWO_FACTOR_FAILED',
  INVALID_BACKUP_CODE: 'TWO_FACTOR_FAILED',

  // The challenge between password and code is over, or was never there.
  INVALID_TWO_FACTOR_COOKIE: 'TOKEN_INVALID',
  OTP_HAS_EXPIRED: 'TOKEN_EXPIRED',
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: 'RATE_LIMITED',
  ACCOUNT_TEMPORARILY_LOCKED: 'ACCOUNT_LOCKED',

  // The account has no such second factor, or has it already.
  TWO_FACTOR_NOT_ENABLED: 'NOT_FOUND',
  TOTP_NOT_ENABLED: 'NOT_FOUND',
  BACKUP_CODES_NOT_ENABLED: 'NOT_FOUND',
  OTP_NOT_ENABLED: 'NOT_FOUND',
  TOTP_ALREADY_ENABLED: 'VALIDATION',

  // A method that this server doesn't offer.
  OTP_NOT_CONFIGURED: 'NOT_FOUND',
  TOTP_NOT_CONFIGURED: 'NOT_FOUND',
};
