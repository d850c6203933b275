import type { ErrorCode } from '@mana/auth-core/errors/codes/codes';
import type { TwoFactorRequest } from './two-factor-request.ts';

export type { ErrorCode };

/** A call that went through. */
export interface AuthSuccess<T> {
  readonly success: true;
  readonly data: T;
}

/**
 * Why a call failed. A fault of the network or the server is SERVICE_UNAVAILABLE or INTERNAL, never a
 * code that blames what somebody typed.
 */
export interface AuthFailure {
  readonly success: false;
  readonly code: ErrorCode;
  /** Safe to show; says what to do. */
  readonly error: string;
  /** Whether the same call may succeed later: after `retryAfterSec`, where it is set. */
  readonly retryable: boolean;
  readonly retryAfterSec?: number;
  /** What to tell support. Not set when there was no response. */
  readonly requestId?: string;
  /** A newer server's code that this version doesn't know; `code` is INTERNAL then. */
  readonly rawCode?: string;
  /** The dotted path of the wrong input, such as `email`, where the server names one. */
  readonly field?: string;
  /** With TWO_FACTOR_REQUIRED: what the account requires besides the password. */
  readonly twoFactor?: TwoFactorRequest;
  /** With PASSKEY_VERIFICATION_FAILED: the server has no such passkey; it may have been removed. */
  readonly unknownCredential?: true;
}

/** What every call resolves to. Nothing a user, the network or the server does makes one throw. */
export type AuthResult<T> = AuthSuccess<T> | AuthFailure;

/** The result of a call that went through. */
export function succeed<T>(data: T): AuthSuccess<T> {
  return { success: true, data };
}
