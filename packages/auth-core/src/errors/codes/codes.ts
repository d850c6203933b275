import { type AccessErrorCode, accessErrorTable } from './access-codes.ts';
import { type AuthErrorCode, authErrorTable } from './auth-codes.ts';
import type { ErrorHttpStatus, ErrorRow } from './error-row.ts';
import { type SpacesErrorCode, spacesErrorTable } from './spaces-codes.ts';
import { type VaultErrorCode, vaultErrorTable } from './vault-codes.ts';

export type { AccessErrorCode, AuthErrorCode, SpacesErrorCode, VaultErrorCode };

/** Every code that a response of the server can carry. */
export type ErrorCode = AuthErrorCode | AccessErrorCode | VaultErrorCode | SpacesErrorCode;

/**
 * The one table that status, tRPC code, log level, security event, lockout, retry, message and
 * docs/errors.md are derived from. Total over `ErrorCode`.
 */
export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = Object.freeze({
  ...authErrorTable,
  ...accessErrorTable,
  ...vaultErrorTable,
  ...spacesErrorTable,
});

/** Whether `value` is a code that this version knows. Inherited names such as `toString` aren't. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorTable, value);
}

/** tRPC's names for the statuses that we use (its `TRPC_ERROR_CODE_KEY`). */
export type TrpcErrorCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_SERVER_ERROR'
  | 'SERVICE_UNAVAILABLE';

const trpcCodeByStatus: Readonly<Record<ErrorHttpStatus, TrpcErrorCode>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
};

/** The tRPC code whose HTTP status is the one in the table. */
export function trpcCodeFor(code: ErrorCode): TrpcErrorCode {
  return trpcCodeByStatus[errorTable[code].httpStatus];
}
