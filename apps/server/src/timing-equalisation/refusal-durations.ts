/** How many recent durations of each kind are kept. */
const REMEMBERED = 32;
/** The quantile to wait for: the median would let half of the slowest kind show. */
const OVER_BY_THEN = 0.9;

/**
 * Says how much longer a refused password has to wait, so that its time doesn't tell which kind of hash
 * it was judged by: as long as the slowest kind that was noted takes. While only one kind was noted
 * nothing waits.
 *
 * Durations are of the work alone, without the queue before it, which is the same for every kind. A kind
 * stays until the process ends: one that was forgotten would show at its next account.
 */
export interface RefusalDurations {
  /** Notes how long judging by a hash of this kind took, in milliseconds. */
  record(kind: string, tookMs: number): void;
  /** What is left for a refusal whose judging took so long; zero or more milliseconds. */
  remainingMs(tookMs: number): number;
}

/** Remembers the latest durations of each kind, in this process; it has no clock of its own. */
export function createRefusalDurations(): RefusalDurations {
  const latest = new Map<string, number[]>();
  return {
    record(kind, tookMs) {
      latest.set(kind, [...(latest.get(kind) ?? []), tookMs].slice(-REMEMBERED));
    },
    remainingMs(tookMs) {
      if (latest.size < 2) return 0;
      return Math.max(0, Math.max(...[...latest.values()].map(findUsualMs)) - tookMs);
    },
  };
}

function findUsualMs(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * OVER_BY_THEN)] ?? 0;
}
