import type { ErrorCode } from '../codes/codes.ts';

/**
 * The last resort, when nothing but a status is known.
 *
 * 403 doesn't mean EMAIL_NOT_VERIFIED, 409 doesn't mean EMAIL_ALREADY_REGISTERED and 401 doesn't
 * mean INVALID_CREDENTIALS: a status alone never blames what somebody typed. 0 is a response that
 * never came (`Response.error()`).
 */
export function codeForHttpStatus(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  // 408 and 425: the same call may succeed. Above 501: a proxy that didn't reach the server.
  if (status === 0 || status === 408 || status === 425) return 'SERVICE_UNAVAILABLE';
  if (status > 501 && status < 600) return 'SERVICE_UNAVAILABLE';
  if (status >= 400 && status < 500) return 'VALIDATION';
  return 'INTERNAL';
}
