import { readNumber, readProperty, readString } from '../safe-read.ts';
import { codeForBetterAuth } from './better-auth-codes.ts';
import type { Classification } from './classification.ts';
import { codeForHttpStatus } from './classify-http-status.ts';
import { findIssuePath } from './classify-validation.ts';

/**
 * Recognises Better Auth's `APIError` by name, status and body code. The map decides for a code of
 * the library; without one the status does, as the last resort.
 */
export function classifyBetterAuth(error: unknown): Classification | undefined {
  if (readString(error, 'name') !== 'APIError') return undefined;
  // A validation error carries the number as `status`.
  const status = readNumber(error, 'statusCode') ?? readNumber(error, 'status');
  if (status === undefined) return undefined;
  const rawCode = readString(readProperty(error, 'body'), 'code');
  const mapped = rawCode === undefined ? undefined : codeForBetterAuth(rawCode, status);
  const code = mapped ?? codeForHttpStatus(status);
  return { code, rawCode, path: code === 'VALIDATION' ? findIssuePath(error) : undefined };
}
