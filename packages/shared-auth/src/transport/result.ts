import type { ErrorCode } from '@mana/auth-core/errors/codes/codes';
import type { TwoFactorRequest } from './two-factor-request.ts';

export type { ErrorCode };

export interface AuthSuccess<T> {
  readonly success: true;
  readonly data: T;
}

/**
 * Why a call didn't go through. A fault of the network or the server is SERVICE_UNAVAILABLE or
 * INTERNAL, and never a code that blames what somebody typed.
 */
export interface AuthFailure {
  readonly success: false;
  readonly code: ErrorCode;
  /** Safe to show, and says what to do. */
  readonly error: string;
  /** Whether the same call may succeed later: after `retryAfterSec`, where it is set. */
  readonly retryable: boolean;
  readonly retryAfterSec?: number;
  /** What to tell support. Not set when no answer came. */
  readonly requestId?: string;
  /** The code of a newer server that this version doesn't know; `code` is INTERNAL then. */
  readonly rawCode?: string;
  /** The dotted path of the wrong input, such as `email`, where the server names one. */
  readonly field?: string;
  /** With TWO_FACTOR_REQUIRED, what the account wants besides the password. */
  readonly twoFactor?: TwoFactorRequest;
  /** With PASSKEY_VERIFICATION_FAILED, that the server has no such passkey: it was removed, say. */
  readonly unknownCredential?: true;
}

/** What every call answers. Nothing throws for what a user, the network or the server can cause. */
export type AuthResult<T> = AuthSuccess<T> | AuthFailure;

export function succeed<T>(data: T): AuthSuccess<T> {
  return { success: true, data };
}
