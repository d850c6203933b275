import type { AuthFailure } from '@mana/shared-auth';

/** What comes after a failure: the same call again by itself, a wait before the next try, or nothing. */
export type NextStep =
  | { readonly kind: 'retry'; readonly afterSec: number }
  | { readonly kind: 'wait'; readonly afterSec: number }
  | { readonly kind: 'none' };

/** Least waits between tries, so that a server that comes back isn't met by everybody at once. */
const WAITS_SEC = [2, 4, 8, 15, 30] as const;
const LONGEST_WAIT_SEC = 30;

/**
 * Decides what comes after a failure. Pure. `tries` counts the tries so far, this one included.
 *
 * Only a fault of ours is repeated without being asked: nothing of what was typed was judged, so the
 * same call can't count against anybody. After a limit, time alone helps, and the person decides.
 */
export function decideNextStep(failure: AuthFailure, tries: number): NextStep {
  if (isOurFault(failure)) {
    if (!failure.retryable) return { kind: 'none' };
    const leastSec = WAITS_SEC[Math.max(0, tries - 1)] ?? LONGEST_WAIT_SEC;
    return { kind: 'retry', afterSec: Math.max(leastSec, failure.retryAfterSec ?? 0) };
  }
  if (failure.retryAfterSec !== undefined && failure.retryAfterSec > 0) {
    return { kind: 'wait', afterSec: failure.retryAfterSec };
  }
  return { kind: 'none' };
}

/** Whether the network or the server failed, and not the person. */
export function isOurFault(failure: Pick<AuthFailure, 'code'>): boolean {
  return failure.code === 'SERVICE_UNAVAILABLE' || failure.code === 'INTERNAL';
}
