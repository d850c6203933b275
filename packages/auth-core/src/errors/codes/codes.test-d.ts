import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import type { AuthErrorCode } from './auth-codes.ts';
import type { ErrorCode, TrpcErrorCode } from './codes.ts';

// Checked by tsc: each line below fails to compile when its guarantee is gone.

// @ts-expect-error a table without a row for each code doesn't compile
export const missingRows: Record<AuthErrorCode, true> = { INTERNAL: true };

// @ts-expect-error the union is closed
export const unknownCode: ErrorCode = 'SOMETHING_ELSE';

/** Each of our tRPC codes is one of tRPC's. */
export const trpcCode = (code: TrpcErrorCode): TRPC_ERROR_CODE_KEY => code;
