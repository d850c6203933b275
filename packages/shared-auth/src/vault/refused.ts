import { toFailure } from '../transport/auth-failure.ts';
import { handleAuthError } from '../transport/handle-auth-error.ts';
import type { AuthFailure, AuthResult, ErrorCode } from '../transport/result.ts';

/** Carries a failure out of the steps of a call. It never leaves the vault's code. */
export class Refused extends Error {
  readonly failure: AuthFailure;

  constructor(failure: AuthFailure) {
    super(failure.error);
    this.failure = failure;
  }
}

/** As `toFailure`, to be thrown. */
export function refuse(code: ErrorCode, details: Parameters<typeof toFailure>[1] = {}): Refused {
  return new Refused(toFailure(code, details));
}

/** The data of a success. Throws a failure as `Refused`. */
export function unwrap<T>(result: AuthResult<T>): T {
  if (!result.success) throw new Refused(result);
  return result.data;
}

/** Whether the change may have been made all the same: perhaps only the response was lost. */
export function mayHaveHappened(error: unknown): boolean {
  const { code } = toFailureOf(error);
  return code === 'SERVICE_UNAVAILABLE' || code === 'INTERNAL';
}

/** The failure behind whatever was thrown. */
export function toFailureOf(error: unknown): AuthFailure {
  return error instanceof Refused ? error.failure : handleAuthError(error);
}
