import type { ErrorCode } from '../codes/codes.ts';

/**
 * What one classifier recognised in one error: our code, the place in the input where it is a
 * validation error, and the name that the other party gave the fault.
 */
export interface Classification {
  readonly code: ErrorCode;
  readonly path?: string | undefined;
  readonly rawCode?: string | undefined;
  /** An abort, which the caller may have asked for: it doesn't overrule an `AuthError` around it. */
  readonly isAbort?: boolean;
}
