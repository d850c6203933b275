import type { ErrorCode } from '../codes/codes.ts';

/**
 * What a classifier recognised in one error: our code, the path of the wrong input for a validation
 * error, and what the other party called the fault.
 */
export interface Classification {
  readonly code: ErrorCode;
  readonly path?: string | undefined;
  readonly rawCode?: string | undefined;
  /** An abort, which the caller may have requested: it doesn't overrule an `AuthError` around it. */
  readonly isAbort?: boolean;
}
