import { codeForHttpStatus } from '@mana/auth-core/errors/classify/classify-http-status';
import type { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { type ErrorCode, errorTable, isErrorCode } from '@mana/auth-core/errors/codes/codes';
import { readProperty, readString } from '@mana/auth-core/errors/safe-read';
import { type ParsedEnvelope, parseEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import type { AuthFailure } from './result.ts';
import { findTwoFactorRequest, type TwoFactorRequest } from './two-factor-request.ts';

/** What is known about a failure besides its code. An empty string counts as nothing. */
interface FailureDetails {
  readonly message?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterSec?: number | undefined;
  readonly requestId?: string | undefined;
  readonly rawCode?: string | undefined;
  readonly field?: string | undefined;
  readonly twoFactor?: TwoFactorRequest | undefined;
  readonly unknownCredential?: boolean | undefined;
}

/** The failure for a code. `message` and `retryable` come from the error table unless they are given. */
export function toFailure(code: ErrorCode, details: FailureDetails = {}): AuthFailure {
  const retryable = details.retryable ?? errorTable[code].retry !== 'no';
  const { retryAfterSec, requestId, rawCode, field, twoFactor, unknownCredential } = details;
  return {
    success: false,
    code,
    error: details.message || errorTable[code].message,
    retryable,
    ...(retryAfterSec !== undefined && retryable && { retryAfterSec }),
    ...(requestId && { requestId }),
    ...(rawCode && { rawCode }),
    ...(field && { field }),
    ...(twoFactor && { twoFactor }),
    ...(unknownCredential && { unknownCredential }),
  };
}

/** The failure that an `AuthError` of the core stands for. */
export function failureFromAuthError(error: AuthError): AuthFailure {
  const { message, retryAfterSec, requestId, path } = error;
  return toFailure(error.code, { message, retryAfterSec, requestId, field: path });
}

/**
 * The failure that the server's envelope describes; no other failure has a `requestId`. `data` is the
 * object that the envelope was found in, and `retryAfterSec` comes from the headers.
 */
export function failureFromEnvelope(
  envelope: ParsedEnvelope,
  { data, retryAfterSec }: { readonly data: unknown; readonly retryAfterSec: number | undefined },
): AuthFailure {
  const { code, message, retryable, rawCode, requestId } = envelope;
  return toFailure(code ?? 'INTERNAL', {
    message,
    retryable,
    requestId,
    retryAfterSec: envelope.retryAfterSec ?? retryAfterSec,
    rawCode: code === undefined ? rawCode : undefined,
    field:
      code === 'VALIDATION' || code === 'WEAK_PASSWORD' ? readString(data, 'field') : undefined,
    twoFactor: code === 'TWO_FACTOR_REQUIRED' ? findTwoFactorRequest(data) : undefined,
    unknownCredential:
      code === 'PASSKEY_VERIFICATION_FAILED' && readProperty(data, 'unknownCredential') === true,
  });
}

/** What is left of an HTTP response once it is read. `body` is undefined where it isn't JSON. */
export interface ReadResponse {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSec: number | undefined;
}

/** The failure behind a response that isn't the expected result: by its envelope, or else by status and text. */
export function failureFromResponse(response: ReadResponse): AuthFailure {
  const { status, body, retryAfterSec } = response;
  const wrapped = readProperty(body, 'error');
  const error = readProperty(wrapped, 'json') ?? wrapped;
  const data = readProperty(error, 'data');
  const envelope = parseEnvelope(readProperty(data, 'auth'));
  if (envelope) return failureFromEnvelope(envelope, { data, retryAfterSec });
  return toFailure(codeWithoutEnvelope(status, body, error), { retryAfterSec });
}

/**
 * How Better Auth words a failure, and how our server did before it had the envelope. Only for 4xx: the
 * text of a 5xx blames nobody.
 */
const olderTexts: readonly (readonly [RegExp, ErrorCode])[] = [
  [/not.{0,10}verified|verify your e-?mail/i, 'EMAIL_NOT_VERIFIED'],
  [/already.{0,20}(exists|registered|in use|taken)/i, 'EMAIL_ALREADY_REGISTERED'],
  [/account.{0,20}locked/i, 'ACCOUNT_LOCKED'],
  [/two.?factor.{0,20}required/i, 'TWO_FACTOR_REQUIRED'],
  [/password.{0,20}(too |weak|common)/i, 'WEAK_PASSWORD'],
  [/expired/i, 'TOKEN_EXPIRED'],
  [/invalid.{0,20}(token|link)/i, 'TOKEN_INVALID'],
  [/invalid.{0,20}(credentials|password)/i, 'INVALID_CREDENTIALS'],
];

function codeWithoutEnvelope(status: number, body: unknown, error: unknown): ErrorCode {
  if (status === 429) return 'RATE_LIMITED';
  // A proxy's page, a hotel's sign-in wall, half a response: the server wasn't reached.
  if (typeof body !== 'object' || body === null || status < 400) return 'SERVICE_UNAVAILABLE';
  if (status >= 500) return codeForHttpStatus(status);

  const code = readString(body, 'code');
  if (isErrorCode(code)) return code;
  const text = [code, readString(body, 'message'), readString(error, 'message')]
    .join(' ')
    .replaceAll('_', ' ');
  return olderTexts.find(([pattern]) => pattern.test(text))?.[1] ?? codeForHttpStatus(status);
}

/**
 * Whether the server itself said that the session no longer exists. A proxy's 401, which has no
 * envelope, signs nobody out.
 */
export function isSessionGone(failure: AuthFailure): boolean {
  const { code, requestId } = failure;
  return requestId !== undefined && (code === 'TOKEN_EXPIRED' || code === 'UNAUTHORIZED');
}
