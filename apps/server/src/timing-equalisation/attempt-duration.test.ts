import { beforeEach, describe, expect, it } from 'vitest';
import { type AttemptPace, createAttemptPace } from './attempt-duration.ts';

describe('the pace of guesses', () => {
  let nowMs: number;
  let pace: AttemptPace;

  beforeEach(() => {
    nowMs = 1000;
    pace = createAttemptPace({
      nowMs: () => nowMs,
      async wait(waitMs) {
        nowMs += waitMs;
      },
    });
  });

  function noteAll(...durations: number[]): void {
    for (const durationMs of durations) pace.note(durationMs);
  }

  it('lets a refusal take as long as a guess usually takes, from the start of its call', async () => {
    noteAll(60, 4000, 62, 61, 1);
    nowMs = 1015;
    await pace.keep(1000);
    expect(nowMs).toBe(1061);
  });

  it('keeps nobody who took longer, and nobody before a guess was judged', async () => {
    await pace.keep(1000);
    expect(nowMs).toBe(1000);
    noteAll(60);
    nowMs = 1075;
    await pace.keep(1000);
    expect(nowMs).toBe(1075);
  });

  it('follows the latest thirty-two', async () => {
    noteAll(...Array(1000).fill(500), ...Array(32).fill(60));
    await pace.keep(1000);
    expect(nowMs).toBe(1060);
  });
});
