import { type ErrorCode, errorTable } from './codes.ts';

/** What an `AuthError` says beyond its code. */
export interface AuthErrorOptions {
  /** Shown to people instead of the table's message, so it must be as safe. */
  readonly message?: string | undefined;
  readonly cause?: unknown;
  readonly retryAfterSec?: number | undefined;
  readonly path?: string | undefined;
  readonly rawCode?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * The one error class: a code of the closed set, with its cause always kept.
 *
 * `path` leads to the first wrong input (`items.0.email`). `rawCode` is what the other party called
 * the fault (a SQLSTATE, a library's code, a code of a newer server). `requestId` is set when the
 * error came in a response. Cause, path and raw code are for logs and forms, and never go on the
 * wire.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: ErrorCode;
  readonly retryAfterSec: number | undefined;
  readonly path: string | undefined;
  readonly rawCode: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, options: AuthErrorOptions = {}) {
    super(
      options.message ?? errorTable[code].message,
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.retryAfterSec = options.retryAfterSec;
    this.path = options.path;
    this.rawCode = options.rawCode;
    this.requestId = options.requestId;
  }
}

/** Whether `value` is an `AuthError`. Never throws, not even for a revoked proxy. */
export function isAuthError(value: unknown): value is AuthError {
  try {
    return value instanceof AuthError;
  } catch {
    return false;
  }
}
