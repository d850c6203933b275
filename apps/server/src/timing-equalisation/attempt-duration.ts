import { setTimeout as delay } from 'node:timers/promises';

/** How many of the latest durations are looked at. */
const REMEMBERED = 32;

/** How long judging a guess takes here and now, so that a refusal can take as long. */
export interface AttemptPace {
  /** Notes how long a guess took that was judged, in milliseconds. */
  note(durationMs: number): void;
  /** Resolves once as much time has passed since `startedAtMs` as a judged guess usually takes. */
  keep(startedAtMs: number): Promise<void>;
}

/** What time it is, in milliseconds since whenever, and how to wait. */
export interface PaceClock {
  nowMs(): number;
  wait(waitMs: number): Promise<unknown>;
}

const PROCESS_CLOCK: PaceClock = { nowMs: () => performance.now(), wait: (ms) => delay(ms) };

/** Remembers the latest durations and keeps to their median; the clock is `performance.now()`. */
export function createAttemptPace(clock: PaceClock = PROCESS_CLOCK): AttemptPace {
  const durations: number[] = [];
  return {
    note(durationMs) {
      durations.push(durationMs);
      if (durations.length > REMEMBERED) durations.shift();
    },
    async keep(startedAtMs) {
      const usual = durations.toSorted((a, b) => a - b)[durations.length >> 1] ?? 0;
      const left = startedAtMs + usual - clock.nowMs();
      if (left > 0) await clock.wait(left);
    },
  };
}
