import { classifyFromError } from '@mana/auth-core/errors/classify/classify-from-error';
import type { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { errorTable, trpcCodeFor } from '@mana/auth-core/errors/codes/codes';
import type { ErrorEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import { toEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import { TRPCError } from '@trpc/server';
import type { Log } from '../logging/log.ts';

/** How long a client waits after a server fault that names no time itself. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** Wraps an `AuthError` for tRPC, so that `toAuthError` finds it again. */
export function toTrpcError(failure: AuthError): TRPCError {
  return new TRPCError({
    code: trpcCodeFor(failure.code),
    message: failure.message,
    cause: failure,
  });
}

/** Ids of requests that failed before their calls had a context. */
const requestIds = new WeakMap<TRPCError, string>();

/** Remembers the request of an error, for `requestIdOf`. */
export function rememberRequest(error: TRPCError, requestId: string): void {
  requestIds.set(error, requestId);
}

/** The id of the request that an error belongs to; empty only if nobody remembered it. */
export function requestIdOf(error: TRPCError): string {
  return requestIds.get(error) ?? '';
}

/** The `AuthError` behind one of tRPC's errors: the one that `toTrpcError` wrapped, else a classification. */
export function toAuthError(error: TRPCError): AuthError {
  return isAuthError(error.cause) ? error.cause : classifyFromError(error);
}

/** The envelope of an error, with a time to wait for every server fault. */
export function toErrorResponse(error: AuthError, requestId: string): ErrorEnvelope {
  const retryAfterSec = retryAfter(error);
  const envelope = toEnvelope(error, requestId);
  return retryAfterSec === undefined ? envelope : { ...envelope, retryAfterSec };
}

/** Seconds for the Retry-After header (RFC 9110 section 10.2.3) of a 429 or a 503, else undefined. */
export function retryAfter(error: AuthError): number | undefined {
  const { httpStatus } = errorTable[error.code];
  if (httpStatus !== 429 && httpStatus !== 503) return undefined;
  return Math.max(1, Math.ceil(error.retryAfterSec ?? DEFAULT_RETRY_AFTER_SECONDS));
}

/**
 * Writes the one log line of a failed call, at the level that the error table sets. From status 500 on it
 * has the cause; a warning has the reason in words; what concerns only the user has neither.
 */
export function logError(
  log: Log,
  error: AuthError,
  about: { requestId: string; path: string | undefined },
): void {
  const { logLevel, httpStatus } = errorTable[error.code];
  const path = toLoggable(about.path ?? 'request');
  const line = {
    code: error.code,
    ...(error.rawCode && { rawCode: error.rawCode }),
    ...(error.path && { input: error.path }),
    requestId: about.requestId,
    path,
    ...(httpStatus >= 500 && { err: error.cause ?? error }),
    ...(httpStatus < 500 && logLevel === 'warn' && describeReason(error.cause)),
  };
  log[logLevel](line, `${path} answered ${error.code}`);
}

/** The messages of a cause and its own causes, which may quote what a client sent. */
function describeReason(cause: unknown): { reason: string } | undefined {
  const messages: string[] = [];
  for (let next = cause; next instanceof Error && messages.length < 3; next = next.cause) {
    messages.push(next.message);
  }
  return messages.length > 0 ? { reason: messages.join(': ').slice(0, 300) } : undefined;
}

/** A made-up path must not be able to write a line of its own into the log. */
function toLoggable(path: string): string {
  return path.slice(0, 100).replace(/[^\w .,/*-]/g, '?');
}
