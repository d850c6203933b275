import { collectCauseChain } from '@mana/auth-core/errors/classify/cause-chain';
import { classifyNetwork } from '@mana/auth-core/errors/classify/classify-network';
import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { readNumber, readProperty } from '@mana/auth-core/errors/safe-read';
import { parseEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import { parseRetryAfter } from '@mana/auth-core/errors/wire/retry-after';
import {
  failureFromAuthError,
  failureFromEnvelope,
  failureFromResponse,
  toFailure,
} from './auth-failure.ts';
import type { AuthFailure } from './result.ts';

/**
 * The failure behind anything that a call to mana-auth threw, through any client. Never throws.
 *
 * The server's envelope decides where there is one. Otherwise a failed connection is
 * SERVICE_UNAVAILABLE; then the status and text of the response count. Everything else is INTERNAL.
 */
export function handleAuthError(error: unknown): AuthFailure {
  try {
    return findFailure(collectCauseChain(error));
  } catch {
    // A Proxy object may return something else on the second read.
    return toFailure('INTERNAL');
  }
}

function findFailure(causes: readonly unknown[]): AuthFailure {
  return (
    firstOf(causes, readEnvelope) ??
    firstOf(causes, readNetworkFault) ??
    firstOf(causes, (cause) => (isAuthError(cause) ? failureFromAuthError(cause) : undefined)) ??
    firstOf(causes, readResponse) ??
    toFailure('INTERNAL')
  );
}

function firstOf(
  causes: readonly unknown[],
  read: (cause: unknown) => AuthFailure | undefined,
): AuthFailure | undefined {
  for (const cause of causes) {
    const failure = read(cause);
    if (failure) return failure;
  }
  return undefined;
}

function readEnvelope(cause: unknown): AuthFailure | undefined {
  const data = readProperty(cause, 'data');
  const envelope = parseEnvelope(readProperty(data, 'auth'));
  return envelope && failureFromEnvelope(envelope, { data, retryAfterSec: readRetryAfter(cause) });
}

function readNetworkFault(cause: unknown): AuthFailure | undefined {
  return classifyNetwork(cause) && toFailure('SERVICE_UNAVAILABLE');
}

/** For an error that carries a response: tRPC's, Better Auth's, or any with a status. */
function readResponse(cause: unknown): AuthFailure | undefined {
  const meta = readProperty(cause, 'meta');
  const status =
    readNumber(readProperty(meta, 'response'), 'status') ??
    readNumber(readProperty(cause, 'data'), 'httpStatus') ??
    readNumber(cause, 'status') ??
    readNumber(cause, 'statusCode');
  if (status === undefined) return undefined;
  const body = readProperty(meta, 'responseJSON') ?? cause;
  return failureFromResponse({ status, body, retryAfterSec: readRetryAfter(cause) });
}

function readRetryAfter(cause: unknown): number | undefined {
  const response = readProperty(readProperty(cause, 'meta'), 'response');
  const headers = readProperty(response, 'headers');
  return headers instanceof Headers
    ? parseRetryAfter(headers.get('retry-after'), Date.now())
    : undefined;
}
