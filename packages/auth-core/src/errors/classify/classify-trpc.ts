import type { ErrorCode } from '../codes/codes.ts';
import { readProperty, readString } from '../safe-read.ts';
import type { Classification } from './classification.ts';
import { findIssuePath } from './classify-validation.ts';

/** Every code of tRPC 11. INTERNAL_SERVER_ERROR wraps whatever was thrown. */
const codeByTrpcCode: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['PARSE_ERROR', 'VALIDATION'],
  ['BAD_REQUEST', 'VALIDATION'],
  ['UNAUTHORIZED', 'UNAUTHORIZED'],
  ['PAYMENT_REQUIRED', 'FORBIDDEN'],
  ['FORBIDDEN', 'FORBIDDEN'],
  ['NOT_FOUND', 'NOT_FOUND'],
  ['METHOD_NOT_SUPPORTED', 'VALIDATION'],
  ['TIMEOUT', 'SERVICE_UNAVAILABLE'],
  ['CONFLICT', 'VALIDATION'],
  ['PRECONDITION_FAILED', 'VALIDATION'],
  ['PAYLOAD_TOO_LARGE', 'VALIDATION'],
  ['UNSUPPORTED_MEDIA_TYPE', 'VALIDATION'],
  ['UNPROCESSABLE_CONTENT', 'VALIDATION'],
  ['PRECONDITION_REQUIRED', 'VALIDATION'],
  ['TOO_MANY_REQUESTS', 'RATE_LIMITED'],
  // The client hung up before the request was complete: no fault of ours, and nothing to alert on.
  ['CLIENT_CLOSED_REQUEST', 'VALIDATION'],
  ['INTERNAL_SERVER_ERROR', 'INTERNAL'],
  ['NOT_IMPLEMENTED', 'INTERNAL'],
  ['BAD_GATEWAY', 'SERVICE_UNAVAILABLE'],
  ['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE'],
  ['GATEWAY_TIMEOUT', 'SERVICE_UNAVAILABLE'],
]);

/** Our code for a code of tRPC; undefined for any other string. */
export function codeForTrpcCode(trpcCode: string): ErrorCode | undefined {
  return codeByTrpcCode.get(trpcCode);
}

/**
 * Recognises a `TRPCError`. One with INTERNAL_SERVER_ERROR only wraps what a procedure threw, so its
 * cause decides, except for a failed output check: that `ZodError` is ours, not the caller's.
 */
export function classifyTrpc(error: unknown): Classification | undefined {
  if (readString(error, 'name') !== 'TRPCError') return undefined;
  const trpcCode = readString(error, 'code') ?? '';
  if (trpcCode === 'INTERNAL_SERVER_ERROR') {
    const isOutputCheck = readString(error, 'message') === 'Output validation failed';
    return isOutputCheck ? { code: 'INTERNAL', rawCode: trpcCode } : undefined;
  }
  const code = codeForTrpcCode(trpcCode);
  if (code === undefined) return undefined;
  const path = code === 'VALIDATION' ? findIssuePath(readProperty(error, 'cause')) : undefined;
  return { code, path, rawCode: trpcCode };
}
