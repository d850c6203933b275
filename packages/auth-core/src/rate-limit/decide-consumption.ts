import type { RateLimitPolicy } from './rate-limit-store.ts';

/** What is remembered about a key. */
export interface Bucket {
  readonly count: number;
  readonly windowEndsAtMs: number;
  readonly blockedUntilMs: number | null;
}

/** A bucket that a store keeps and changes in place. */
export type MutableBucket = { -readonly [Field in keyof Bucket]: Bucket[Field] };

/** `next` is to be stored; a refused call changes nothing. */
export type Decision =
  | { readonly allowed: true; readonly next: Bucket }
  | { readonly allowed: false; readonly retryAtMs: number };

/** A bucket that counts for nothing. */
export const EMPTY_BUCKET: Bucket = Object.freeze({
  count: 0,
  windowEndsAtMs: 0,
  blockedUntilMs: null,
});

/**
 * Decides whether one more call fits. Pure: the caller reads the clock and stores `next`, atomically for
 * its key. A refused call leaves the bucket as it was, so hammering can't extend a wait.
 */
export function decideConsumption(
  bucket: Bucket | null,
  policy: RateLimitPolicy,
  nowMs: number,
): Decision {
  const next = { ...(bucket ?? EMPTY_BUCKET) };
  const retryAtMs = consumeInPlace(next, policy, nowMs);
  return retryAtMs === null ? { allowed: true, next } : { allowed: false, retryAtMs };
}

/**
 * The same in place, for a store that calls it on every request: counts one more call and returns null, or
 * leaves the bucket alone and returns when to try again.
 */
export function consumeInPlace(
  bucket: MutableBucket,
  policy: RateLimitPolicy,
  nowMs: number,
): number | null {
  const endsAtMs = bucketEndsAtMs(bucket);
  if (nowMs >= endsAtMs) {
    bucket.count = 0;
    bucket.windowEndsAtMs = nowMs + policy.windowMs;
    bucket.blockedUntilMs = null;
  } else if (bucket.count >= policy.limit) {
    return endsAtMs;
  }
  bucket.count += 1;
  if (bucket.count >= policy.limit && policy.pauseMs > 0) {
    bucket.blockedUntilMs = nowMs + policy.pauseMs;
  }
  return null;
}

/**
 * Decides what is left when one call is released because its outcome doesn't count. The pause that it led
 * to ends. Null when nothing is left to remember. Pure.
 */
export function decideRelease(bucket: Bucket | null, nowMs: number): Bucket | null {
  if (bucket === null || bucket.count <= 1 || nowMs >= bucket.windowEndsAtMs) return null;
  return { ...bucket, count: bucket.count - 1, blockedUntilMs: null };
}

/** When the bucket stops counting; at that very time it no longer does. */
export function bucketEndsAtMs({ windowEndsAtMs, blockedUntilMs }: Bucket): number {
  return Math.max(windowEndsAtMs, blockedUntilMs ?? windowEndsAtMs);
}
