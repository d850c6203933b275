import { setTimeout as delay } from 'node:timers/promises';

/** How many of the latest durations count. */
const REMEMBERED = 32;

/** How long checking an attempt takes at the moment, so that a refusal can take as long. */
export interface AttemptDurations {
  /** Records how long an attempt took whose secret was checked, in milliseconds. */
  record(durationMs: number): void;
  /** Resolves once as much time has passed since `startedAtMs` as checking an attempt usually takes. */
  equalise(startedAtMs: number): Promise<void>;
}

/** The time, in milliseconds from any point, and a way to wait. */
interface DurationClock {
  nowMs(): number;
  wait(waitMs: number): Promise<unknown>;
}

const PROCESS_CLOCK: DurationClock = { nowMs: () => performance.now(), wait: (ms) => delay(ms) };

/** Remembers the latest durations and equalises to their median. */
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
