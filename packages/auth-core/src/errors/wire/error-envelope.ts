import type { AuthError } from '../codes/auth-error.ts';
import { type ErrorCode, errorTable, isErrorCode } from '../codes/codes.ts';
import { readNumber, readProperty, readString } from '../safe-read.ts';

/** What a tRPC error carries on the wire as `error.data.auth`. */
export interface ErrorEnvelope {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterSec?: number;
  readonly requestId: string;
}

/** An envelope as a client reads it: `code` is undefined where a newer server sent an unknown code. */
export interface ParsedEnvelope {
  readonly code: ErrorCode | undefined;
  readonly rawCode: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterSec: number | undefined;
  readonly requestId: string;
}

/**
 * The wire form of an error. It holds nothing of the cause, path or raw code, and for a status of 500
 * or above the message is the table's, whatever the error says.
 */
export function toEnvelope(error: AuthError, requestId: string): ErrorEnvelope {
  const row = errorTable[error.code];
  const waitSec = row.retry === 'no' ? undefined : wholeSeconds(error.retryAfterSec);
  return {
    code: error.code,
    message: row.httpStatus >= 500 ? row.message : error.message,
    retryable: row.retry !== 'no',
    ...(waitSec === undefined ? {} : { retryAfterSec: waitSec }),
    requestId,
  };
}

/** Reads an envelope; undefined unless every field has its type. Other fields are ignored. */
export function parseEnvelope(value: unknown): ParsedEnvelope | undefined {
  const rawCode = readString(value, 'code');
  const message = readString(value, 'message');
  const retryable = readProperty(value, 'retryable');
  const requestId = readString(value, 'requestId');
  if (rawCode === undefined || message === undefined || requestId === undefined) return undefined;
  if (typeof retryable !== 'boolean') return undefined;

  const retryAfterSec = readNumber(value, 'retryAfterSec');
  if (retryAfterSec === undefined && readProperty(value, 'retryAfterSec') !== undefined) {
    return undefined;
  }
  if (retryAfterSec !== undefined && retryAfterSec < 0) return undefined;
  const code = isErrorCode(rawCode) ? rawCode : undefined;
  return { code, rawCode, message, retryable, retryAfterSec, requestId };
}

function wholeSeconds(seconds: number | undefined): number | undefined {
  if (seconds === undefined || !Number.isFinite(seconds)) return undefined;
  return Math.max(0, Math.ceil(seconds));
}
