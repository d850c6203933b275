/** How many of the latest durations of each kind count. */
const REMEMBERED = 32;
/** The wait covers this share of them: with a median, half of the slowest kind would stand out. */
const COVERED_SHARE = 0.9;

/**
 * Says how much longer a refused password must wait, so that its time doesn't reveal which kind of hash it
 * was verified against: each takes as long as the slowest kind seen. While only one kind has been seen,
 * nothing waits.
 *
 * Durations are of the work alone, without the queue before it, which is the same for every kind. A kind is
 * remembered until the process ends: if it were forgotten, its next account would stand out.
 */
export interface RefusalDurations {
  /** Records how long verifying against a hash of this kind took, in milliseconds. */
  record(kind: string, tookMs: number): void;
  /** How much longer a refusal must wait whose check took so long; zero or more milliseconds. */
  remainingMs(tookMs: number): number;
}

/** Remembers the latest durations of each kind, in this process. Has no clock of its own. */
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
  return sorted[Math.floor(sorted.length * COVERED_SHARE)] ?? 0;
}
