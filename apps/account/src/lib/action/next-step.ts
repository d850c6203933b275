import type { AuthFailure } from '@mana/shared-auth';

/** What follows a failure: an automatic retry, a wait before the person may try again, or nothing. */
export type NextStep =
  | { readonly kind: 'retry'; readonly afterSec: number }
  | { readonly kind: 'wait'; readonly afterSec: number }
  | { readonly kind: 'none' };

/** Minimum waits between tries, so that a server that comes back isn't met by everybody at once. */
const WAITS_SEC = [2, 4, 8, 15, 30] as const;
const LONGEST_WAIT_SEC = 30;

/**
 * Decides what follows a failure. Pure. `tries` counts the tries so far, including this one.
 *
 * Only a fault of ours is retried automatically: nothing that was typed was judged, so the same call
 * can't count against anybody. After a limit only time helps, and the person decides.
 */
export function decideNextStep(failure: AuthFailure, tries: number): NextStep {
  if (isOurFault(failure)) {
    if (!failure.retryable) return { kind: 'none' };
    const minimumSec = WAITS_SEC[Math.max(0, tries - 1)] ?? LONGEST_WAIT_SEC;
    return { kind: 'retry', afterSec: Math.max(minimumSec, failure.retryAfterSec ?? 0) };
  }
  if (failure.retryAfterSec !== undefined && failure.retryAfterSec > 0) {
    return { kind: 'wait', afterSec: failure.retryAfterSec };
  }
  return { kind: 'none' };
}

/** Whether the network or the server failed, not the person. */
export function isOurFault(failure: Pick<AuthFailure, 'code'>): boolean {
  return failure.code === 'SERVICE_UNAVAILABLE' || failure.code === 'INTERNAL';
}
