import type { ErrorRow } from './error-row.ts';

/** Refusals to somebody who is signed in: too long ago, or without permission. */
export type AccessErrorCode = 'REAUTHENTICATION_REQUIRED' | 'FORBIDDEN';

/** Total: a code without a row does not compile. */
export const accessErrorTable: Readonly<Record<AccessErrorCode, ErrorRow>> = {
  REAUTHENTICATION_REQUIRED: {
    httpStatus: 403,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "Confirm that it's you: sign in again, then try once more.",
  },
  FORBIDDEN: {
    httpStatus: 403,
    logLevel: 'warn',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "You aren't allowed to do that.",
  },
};
