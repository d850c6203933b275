import { setTimeout as delay } from 'node:timers/promises';

/** How many of the latest durations are looked at. */
const REMEMBERED = 32;

/** How long judging a guess takes here and now, so that a refusal can take as long. */
export interface AttemptDurations {
  /** Notes how long a guess took that was judged, in milliseconds. */
  record(durationMs: number): void;
  /** Resolves once as much time has passed since `startedAtMs` as a judged guess usually takes. */
  equalise(startedAtMs: number): Promise<void>;
}

/** A monotonic clock in milliseconds, and a way to wait. */
export interface DurationClock {
  nowMs(): number;
  wait(waitMs: number): Promise<unknown>;
}

const PROCESS_CLOCK: DurationClock = { nowMs: () => performance.now(), wait: (ms) => delay(ms) };

/** Remembers the latest durations and keeps to their median; the clock is `performance.now()`. */
export function createAttemptDurations(clock: DurationClock = PROCESS_CLOCK): AttemptDurations {
  const durations: number[] = [];
  return {
    record(durationMs) {
      durations.push(durationMs);
      if (durations.length > REMEMBERED) durations.shift();
    },
    async equalise(startedAtMs) {
      const usual = durations.toSorted((a, b) => a - b)[durations.length >> 1] ?? 0;
      const left = startedAtMs + usual - clock.nowMs();
      if (left > 0) await clock.wait(left);
    },
  };
}
