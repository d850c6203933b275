import { toFailure } from '../transport/auth-failure.ts';
import { handleAuthError } from '../transport/handle-auth-error.ts';
import type { AuthFailure, AuthResult, ErrorCode } from '../transport/result.ts';

/** Carries a failure out of the steps of a call; it never leaves the vault. */
export class Refused extends Error {
  readonly failure: AuthFailure;

  constructor(failure: AuthFailure) {
    super(failure.error);
    this.failure = failure;
  }
}

export function refuse(code: ErrorCode, details: Parameters<typeof toFailure>[1] = {}): Refused {
  return new Refused(toFailure(code, details));
}

/** The data of a success. Throws `Refused` with a failure. */
export function unwrap<T>(result: AuthResult<T>): T {
  if (!result.success) throw new Refused(result);
  return result.data;
}

/** Whether the change may have been made all the same: what failed may be its answer alone. */
export function mayHaveHappened(error: unknown): boolean {
  const { code } = toFailureOf(error);
  return code === 'SERVICE_UNAVAILABLE' || code === 'INTERNAL';
}

export function toFailureOf(error: unknown): AuthFailure {
  return error instanceof Refused ? error.failure : handleAuthError(error);
}
