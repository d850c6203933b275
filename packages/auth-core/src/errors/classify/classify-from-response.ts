import { AuthError } from '../codes/auth-error.ts';
import { errorTable } from '../codes/codes.ts';
import { readElements, readNumber, readProperty, readString } from '../safe-read.ts';
import { type ParsedEnvelope, parseEnvelope } from '../wire/error-envelope.ts';
import { parseRetryAfter } from '../wire/retry-after.ts';
import { codeForBetterAuth } from './better-auth-codes.ts';
import type { Classification } from './classification.ts';
import { classifyFromError, isInfrastructureFault } from './classify-from-error.ts';
import { codeForHttpStatus } from './classify-http-status.ts';
import { codeForTrpcCode } from './classify-trpc.ts';

/** More calls than any batch has: the server takes at most ten. */
const maxBatchItems = 100;

/**
 * The `AuthError` that a response stands for. Reads the body, and never rejects.
 *
 * Prefers our envelope in a tRPC body (one call or a batch, superjson or plain), then tRPC's own
 * code, then Better Auth's body, then the status. `nowMs` is for a `Retry-After` that is a date;
 * without it the response's own `Date` header is used.
 */
export async function classifyFromResponse(response: Response, nowMs?: number): Promise<AuthError> {
  try {
    const body = parseJson(await response.text());
    const retryAfterSec = readRetryAfter(response, nowMs);
    const error = findTrpcError(body);
    const envelope = parseEnvelope(readProperty(readProperty(error, 'data'), 'auth'));
    if (envelope !== undefined) return fromEnvelope(envelope, retryAfterSec);
    const classification = classifyBody(body, error, response.status);
    return new AuthError(classification.code, {
      rawCode: classification.rawCode,
      retryAfterSec: errorTable[classification.code].retry === 'no' ? undefined : retryAfterSec,
    });
  } catch (cause) {
    // The body broke off, or has already been read.
    if (isInfrastructureFault(cause)) return classifyFromError(cause);
    return new AuthError(codeForHttpStatus(readNumber(response, 'status') ?? 500), { cause });
  }
}

/** A code that this version doesn't know becomes INTERNAL, with the server's own message. */
function fromEnvelope(envelope: ParsedEnvelope, retryAfterSec: number | undefined): AuthError {
  const { code, message, rawCode, retryable, requestId } = envelope;
  return new AuthError(code ?? 'INTERNAL', {
    message,
    requestId,
    retryAfterSec: envelope.retryAfterSec ?? (retryable ? retryAfterSec : undefined),
    rawCode: code === undefined ? rawCode : undefined,
  });
}

function classifyBody(body: unknown, trpcError: unknown, status: number): Classification {
  const trpcCode = readString(readProperty(trpcError, 'data'), 'code');
  const fromTrpc = trpcCode === undefined ? undefined : codeForTrpcCode(trpcCode);
  if (fromTrpc !== undefined) return { code: fromTrpc, rawCode: trpcCode };

  const rawCode = readString(body, 'code');
  const fromLibrary = rawCode === undefined ? undefined : codeForBetterAuth(rawCode, status);
  return { code: fromLibrary ?? codeForHttpStatus(status), rawCode };
}

/** The first error of a tRPC body, out of superjson's `{ json, meta }` where it is wrapped. */
function findTrpcError(body: unknown): unknown {
  for (const item of [body, ...readElements(body, maxBatchItems)]) {
    const error = readProperty(item, 'error');
    if (error !== undefined && error !== null) return readProperty(error, 'json') ?? error;
  }
  return undefined;
}

function readRetryAfter(response: Response, nowMs: number | undefined): number | undefined {
  const date = Date.parse(response.headers.get('date') ?? '');
  const referenceMs = nowMs ?? (Number.isNaN(date) ? undefined : date);
  return parseRetryAfter(response.headers.get('retry-after'), referenceMs);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
