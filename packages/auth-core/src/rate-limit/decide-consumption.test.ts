import { describe, expect, it } from 'vitest';
import { decideConsumption, decideRelease } from './decide-consumption.ts';

const policy = { limit: 2, windowMs: 1000, pauseMs: 5000 };

describe('decideConsumption', () => {
  it('begins the pause with the call that reaches the limit', () => {
    const first = { count: 1, windowEndsAtMs: 1100, blockedUntilMs: null };
    expect(decideConsumption(null, policy, 100)).toEqual({ allowed: true, next: first });
    const second = { count: 2, windowEndsAtMs: 1100, blockedUntilMs: 5200 };
    expect(decideConsumption(first, policy, 200)).toEqual({ allowed: true, next: second });
    expect(decideConsumption(second, policy, 1100)).toEqual({ allowed: false, retryAtMs: 5200 });
  });
});

describe('decideRelease', () => {
  it('undoes one call and the pause that it led to', () => {
    const paused = { count: 2, windowEndsAtMs: 1100, blockedUntilMs: 5200 };
    const left = { count: 1, windowEndsAtMs: 1100, blockedUntilMs: null };
    expect(decideRelease(paused, 1099)).toEqual(left);
    expect(decideRelease(left, 1099)).toBeNull();
  });

  it('leaves nothing to remember once the window has ended', () => {
    const paused = { count: 2, windowEndsAtMs: 1100, blockedUntilMs: 5200 };
    expect(decideRelease(paused, 1100)).toBeNull();
    expect(decideRelease(null, 0)).toBeNull();
  });
});
