import { codeForHttpStatus } from '@mana/auth-core/errors/classify/classify-http-status';
import { type ErrorCode, isErrorCode } from '@mana/auth-core/errors/codes/codes';
import { readProperty, readString } from '@mana/auth-core/errors/safe-read';
import { parseEnvelope } from '@mana/auth-core/errors/wire/error-envelope';
import { failureFromEnvelope, toFailure } from './auth-failure.ts';
import type { AuthFailure } from './result.ts';

/** An HTTP answer, read. `body` is undefined where it isn't JSON. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSec: number | undefined;
}

/** What servers of before the envelope wrote, for 4xx only: the words of a 5xx blame nobody. */
const olderWords: readonly (readonly [RegExp, ErrorCode])[] = [
  [/not.{0,10}verified|verify your e-?mail/i, 'EMAIL_NOT_VERIFIED'],
  [/already.{0,20}(exists|registered|in use|taken)/i, 'EMAIL_ALREADY_REGISTERED'],
  [/account.{0,20}locked/i, 'ACCOUNT_LOCKED'],
  [/two.?factor.{0,20}required/i, 'TWO_FACTOR_REQUIRED'],
  [/password.{0,20}(too |weak|common)/i, 'WEAK_PASSWORD'],
  [/expired/i, 'TOKEN_EXPIRED'],
  [/invalid.{0,20}(token|link)/i, 'TOKEN_INVALID'],
  [/invalid.{0,20}(credentials|password)/i, 'INVALID_CREDENTIALS'],
];

/** The failure that an answer tells of, when it isn't the result that was asked for. */
export function classifyAnswer(answer: ServerAnswer): AuthFailure {
  const { status, body, retryAfterSec } = answer;
  const wrapped = readProperty(body, 'error');
  const error = readProperty(wrapped, 'json') ?? wrapped;
  const data = readProperty(error, 'data');
  const envelope = parseEnvelope(readProperty(data, 'auth'));
  if (envelope) return failureFromEnvelope(envelope, { data, retryAfterSec });
  return toFailure(codeWithoutEnvelope(status, body, error), { retryAfterSec });
}

function codeWithoutEnvelope(status: number, body: unknown, error: unknown): ErrorCode {
  if (status === 429) return 'RATE_LIMITED';
  // A page of a proxy, a sign-in wall of a hotel, half an answer: the server wasn't reached.
  if (typeof body !== 'object' || body === null || status < 400) return 'SERVICE_UNAVAILABLE';
  if (status >= 500) return codeForHttpStatus(status);

  const codes = [readString(body, 'code'), readString(body, 'error'), readString(error, 'code')];
  const known = codes.find(isErrorCode);
  if (known) return known;
  const words = [...codes, readString(body, 'message'), readString(error, 'message')]
    .join(' ')
    .replaceAll('_', ' ');
  return olderWords.find(([pattern]) => pattern.test(words))?.[1] ?? codeForHttpStatus(status);
}
