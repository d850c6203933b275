import type { ErrorRow } from './error-row.ts';

/** The codes of signing in and of everything without a domain of its own. Stable: part of the public contract. */
export type AuthErrorCode =
  | 'INVALID_CREDENTIALS'
  | 'EMAIL_NOT_VERIFIED'
  | 'EMAIL_ALREADY_REGISTERED'
  | 'WEAK_PASSWORD'
  | 'ACCOUNT_LOCKED'
  | 'SIGNUP_LIMIT_REACHED'
  | 'RATE_LIMITED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'TWO_FACTOR_REQUIRED'
  | 'TWO_FACTOR_FAILED'
  | 'PASSKEY_NOT_ENABLED'
  | 'PASSKEY_CANCELLED'
  | 'PASSKEY_VERIFICATION_FAILED'
  | 'VALIDATION'
  | 'UNAUTHORIZED'
  | 'NOT_FOUND'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL';

/** Total: a code without a row does not compile. */
export const authErrorTable: Readonly<Record<AuthErrorCode, ErrorRow>> = {
  INVALID_CREDENTIALS: {
    httpStatus: 401,
    logLevel: 'info',
    securityEvent: 'LOGIN_FAILURE',
    countsTowardLockout: true,
    retry: 'no',
    message: "That email and password don't match.",
  },
  EMAIL_NOT_VERIFIED: {
    httpStatus: 403,
    logLevel: 'info',
    securityEvent: 'LOGIN_FAILURE',
    countsTowardLockout: false,
    retry: 'no',
    message: 'Confirm your email address first. The link is in the email we sent you.',
  },
  EMAIL_ALREADY_REGISTERED: {
    httpStatus: 409,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "That email can't be used for a new account. Sign in instead, or use another address.",
  },
  WEAK_PASSWORD: {
    httpStatus: 400,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "Choose another password: one that isn't common and has the required length.",
  },
  ACCOUNT_LOCKED: {
    httpStatus: 429,
    logLevel: 'warn',
    securityEvent: 'ACCOUNT_LOCKED',
    countsTowardLockout: false,
    retry: 'after-wait',
    message: 'Too many failed attempts. Wait before you try again, or reset your password.',
  },
  SIGNUP_LIMIT_REACHED: {
    httpStatus: 429,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'after-wait',
    message: 'No more accounts can be created today. Try again tomorrow.',
  },
  RATE_LIMITED: {
    httpStatus: 429,
    logLevel: 'warn',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'after-wait',
    message: 'Too many tries in a short time. Wait a little, then try again.',
  },
  TOKEN_EXPIRED: {
    httpStatus: 401,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: 'This has expired. Sign in again, or ask for a new link.',
  },
  TOKEN_INVALID: {
    httpStatus: 400,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "This link or code doesn't work, or has already been used. Ask for a new one.",
  },
  TWO_FACTOR_REQUIRED: {
    httpStatus: 401,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: 'One more step: enter the code from your authenticator app.',
  },
  TWO_FACTOR_FAILED: {
    httpStatus: 401,
    logLevel: 'info',
    securityEvent: 'LOGIN_FAILURE',
    countsTowardLockout: true,
    retry: 'no',
    message: "That code isn't right. Check for the current one and enter it again.",
  },
  PASSKEY_NOT_ENABLED: {
    httpStatus: 404,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "Passkeys aren't turned on here. Sign in another way.",
  },
  PASSKEY_CANCELLED: {
    httpStatus: 400,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "The passkey prompt was closed. Start again when you're ready.",
  },
  PASSKEY_VERIFICATION_FAILED: {
    httpStatus: 401,
    logLevel: 'warn',
    securityEvent: 'PASSKEY_LOGIN_FAILURE',
    countsTowardLockout: false,
    retry: 'no',
    message: "That passkey couldn't be verified. Try again, or sign in another way.",
  },
  VALIDATION: {
    httpStatus: 400,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "Something you entered isn't right. Check it and try again.",
  },
  UNAUTHORIZED: {
    httpStatus: 401,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "You aren't signed in. Sign in and try again.",
  },
  NOT_FOUND: {
    httpStatus: 404,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "There's nothing here, or you don't have access to it.",
  },
  SERVICE_UNAVAILABLE: {
    httpStatus: 503,
    logLevel: 'error',
    securityEvent: 'SERVICE_ERROR',
    countsTowardLockout: false,
    retry: 'yes',
    message:
      'This one is on us. Nothing you typed was wrong, and nothing was counted against you. Try again in a moment.',
  },
  INTERNAL: {
    httpStatus: 500,
    logLevel: 'error',
    securityEvent: 'SERVICE_ERROR',
    countsTowardLockout: false,
    retry: 'no',
    message:
      'Something went wrong on our side. Nothing was counted against you. If it keeps happening, tell us the request id.',
  },
};
