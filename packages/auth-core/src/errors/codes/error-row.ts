/** The HTTP statuses that our codes use; each has one tRPC key. */
export type ErrorHttpStatus = 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503;

/** The level at which the one log line of a failed call is written. */
export type ErrorLogLevel = 'info' | 'warn' | 'error';

/** The security event that is recorded when a response carries the code. */
export type SecurityEventType =
  | 'LOGIN_FAILURE'
  | 'ACCOUNT_LOCKED'
  | 'PASSKEY_LOGIN_FAILURE'
  | 'SERVICE_ERROR';

/** Whether the same call may succeed later: no, right away, or only after a wait. */
export type Retry = 'no' | 'yes' | 'after-wait';

/**
 * Everything that is decided about a code.
 *
 * `message` is shown to people: it says what to do, and never whether an account exists.
 */
export interface ErrorRow {
  readonly httpStatus: ErrorHttpStatus;
  readonly logLevel: ErrorLogLevel;
  readonly securityEvent: SecurityEventType | null;
  readonly countsTowardLockout: boolean;
  readonly retry: Retry;
  readonly message: string;
}
