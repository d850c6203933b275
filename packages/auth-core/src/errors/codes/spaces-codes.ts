import type { ErrorRow } from './error-row.ts';

/** What the spaces refuse. */
export type SpacesErrorCode =
  | 'SPACE_TYPE_INVALID'
  | 'SPACE_PERSONAL_UNDELETABLE'
  | 'SPACE_FORBIDDEN'
  | 'CREDENTIAL_NOT_FOUND';

/** Total: a code without a row does not compile. */
export const spacesErrorTable: Readonly<Record<SpacesErrorCode, ErrorRow>> = {
  SPACE_TYPE_INVALID: {
    httpStatus: 400,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "That kind of space doesn't exist. Choose one from the list.",
  },
  SPACE_PERSONAL_UNDELETABLE: {
    httpStatus: 403,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "Your personal space belongs to your account and can't be deleted.",
  },
  SPACE_FORBIDDEN: {
    httpStatus: 403,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: "Your role in this space doesn't allow that. Ask an owner of the space.",
  },
  CREDENTIAL_NOT_FOUND: {
    httpStatus: 404,
    logLevel: 'info',
    securityEvent: null,
    countsTowardLockout: false,
    retry: 'no',
    message: 'No account of that provider is connected to this space.',
  },
};
