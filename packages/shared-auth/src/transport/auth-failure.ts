import type { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { type ErrorCode, errorTable } from '@mana/auth-core/errors/codes/codes';
import { readProperty, readString } from '@mana/auth-core/errors/safe-read';
import type { ParsedEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import type { AuthFailure } from './result.ts';
import { findTwoFactorRequest, type TwoFactorRequest } from './two-factor-request.ts';

/** What is known of a failure beyond its code. An empty text counts as nothing. */
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

/** The failure for a code; message and retryable are the table's unless somebody knows better. */
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

/**
 * The failure that the server's envelope tells of. Only such a one has a `requestId`. `data` is what
 * the envelope stood in, and `retryAfterSec` what the headers said.
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

export function failureFromAuthError(error: AuthError): AuthFailure {
  const { message, retryAfterSec, requestId, path } = error;
  return toFailure(error.code, { message, retryAfterSec, requestId, field: path });
}

/**
 * Whether the server itself said that there is no session any more. A 401 of a proxy, which has no
 * envelope, doesn't sign anybody out.
 */
export function isSessionGone(failure: AuthFailure): boolean {
  const { code, requestId } = failure;
  return requestId !== undefined && (code === 'TOKEN_EXPIRED' || code === 'UNAUTHORIZED');
}
