import { collectCauseChain } from '@mana/auth-core/errors/classify/cause-chain';
import { classifyNetwork } from '@mana/auth-core/errors/classify/classify-network';
import { isAuthError } from '@mana/auth-core/errors/codes/auth-error';
import { readNumber, readProperty } from '@mana/auth-core/errors/safe-read';
import { parseEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import { parseRetryAfter } from '@mana/auth-core/errors/wire/retry-after';
import { failureFromAuthError, failureFromEnvelope, toFailure } from './auth-failure.ts';
import { classifyAnswer } from './classify-answer.ts';
import type { AuthFailure } from './result.ts';

/**
 * The failure behind anything that was thrown by a call to mana-auth, through whatever client.
 * Never throws.
 *
 * The server's envelope decides where there is one. Else a connection that failed is
 * SERVICE_UNAVAILABLE, and after that status and words of the answer count. INTERNAL is the rest.
 */
export function handleAuthError(error: unknown): AuthFailure {
  try {
    return decide(collectCauseChain(error));
  } catch {
    // A proxy can change its answer between two reads.
    return toFailure('INTERNAL');
  }
}

function decide(links: readonly unknown[]): AuthFailure {
  return (
    firstOf(links, readEnvelope) ??
    firstOf(links, readNetworkFault) ??
    firstOf(links, (link) => (isAuthError(link) ? failureFromAuthError(link) : undefined)) ??
    firstOf(links, readAnswer) ??
    toFailure('INTERNAL')
  );
}

function firstOf(
  links: readonly unknown[],
  read: (link: unknown) => AuthFailure | undefined,
): AuthFailure | undefined {
  for (const link of links) {
    const failure = read(link);
    if (failure) return failure;
  }
  return undefined;
}

function readEnvelope(link: unknown): AuthFailure | undefined {
  const data = readProperty(link, 'data');
  const envelope = parseEnvelope(readProperty(data, 'auth'));
  return envelope && failureFromEnvelope(envelope, { data, retryAfterSec: readRetryAfter(link) });
}

function readNetworkFault(link: unknown): AuthFailure | undefined {
  return classifyNetwork(link) && toFailure('SERVICE_UNAVAILABLE');
}

/** An error that carries an answer: of tRPC's client, of Better Auth's, or one with a status. */
function readAnswer(link: unknown): AuthFailure | undefined {
  const meta = readProperty(link, 'meta');
  const status =
    readNumber(readProperty(meta, 'response'), 'status') ??
    readNumber(readProperty(link, 'data'), 'httpStatus') ??
    readNumber(link, 'status') ??
    readNumber(link, 'statusCode');
  if (status === undefined) return undefined;
  const body = readProperty(meta, 'responseJSON') ?? link;
  return classifyAnswer({ status, body, retryAfterSec: readRetryAfter(link) });
}

function readRetryAfter(link: unknown): number | undefined {
  const response = readProperty(readProperty(link, 'meta'), 'response');
  const headers = readProperty(response, 'headers');
  return headers instanceof Headers
    ? parseRetryAfter(headers.get('retry-after'), Date.now())
    : undefined;
}
