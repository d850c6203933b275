import type { ErrorCode } from '../../codes/codes.ts';

/** Our code for a code of the library, or two where it says different things by status. */
export type CodeMapping = ErrorCode | { readonly 401: ErrorCode; readonly otherwise: ErrorCode };
