import { beforeEach, describe, expect, it } from 'vitest';
import { type AttemptDurations, createAttemptDurations } from './attempt-durations.ts';

describe('timing equalisation of attempts', () => {
  let nowMs: number;
  let durations: AttemptDurations;

  beforeEach(() => {
    nowMs = 1000;
    durations = createAttemptDurations({
      nowMs: () => nowMs,
      async wait(waitMs) {
        nowMs += waitMs;
      },
    });
  });

  function recordAll(...all: number[]): void {
    for (const durationMs of all) durations.record(durationMs);
  }

  it('lets a refusal take as long as an attempt usually takes, from the start of its call', async () => {
    recordAll(60, 4000, 62, 61, 1);
    nowMs = 1015;
    await durations.equalise(1000);
    expect(nowMs).toBe(1061);
  });

  it('delays nobody who took longer, and nobody before an attempt was checked', async () => {
    await durations.equalise(1000);
    expect(nowMs).toBe(1000);
    recordAll(60);
    nowMs = 1075;
    await durations.equalise(1000);
    expect(nowMs).toBe(1075);
  });

  it('follows the latest thirty-two', async () => {
    recordAll(...Array(1000).fill(500), ...Array(32).fill(60));
    await durations.equalise(1000);
    expect(nowMs).toBe(1060);
  });
});
