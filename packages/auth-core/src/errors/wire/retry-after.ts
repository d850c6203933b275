/**
 * Seconds to wait according to a `Retry-After` header (RFC 9110, section 10.2.3): a number of
 * seconds, or an HTTP date as seen at `nowMs`. A date that has passed is 0; anything else is
 * undefined, and so is a date without `nowMs`.
 */
export function parseRetryAfter(
  header: string | null,
  nowMs: number | undefined,
): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  // Date.parse accepts much more than HTTP dates, and reads a date without a zone as local time.
  if (nowMs === undefined || !/^[A-Z][a-z]+, .+ GMT$/.test(text)) return undefined;
  const untilMs = Date.parse(text) - nowMs;
  return Number.isNaN(untilMs) ? undefined : Math.max(0, Math.ceil(untilMs / 1000));
}
