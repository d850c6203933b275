import { describe, expect, it } from 'vitest';
import { createRefusalDurations } from './refusal-durations.ts';

describe('S25: timing equalisation of refused passwords', () => {
  it('holds nothing back while only one kind of hash was seen', () => {
    const durations = createRefusalDurations();
    expect(durations.remainingMs(0)).toBe(0);
    for (const tookMs of [60, 90, 300]) durations.record('m=19456,t=2,p=1', tookMs);
    expect(durations.remainingMs(60)).toBe(0);
  });

  it('lets every kind answer when the slowest does, including the slowest', () => {
    const durations = createRefusalDurations();
    for (let i = 1; i <= 10; i += 1) {
      durations.record('scrypt', 130 + i);
      durations.record('m=19456,t=2,p=1', 60);
    }
    expect(durations.remainingMs(60)).toBe(80);
    expect(durations.remainingMs(131)).toBe(9);
    expect(durations.remainingMs(200)).toBe(0);
  });

  it('knows a kind from its first hash on, and forgets none because it is rare', () => {
    const durations = createRefusalDurations();
    durations.record('scrypt', 130);
    for (let i = 0; i < 1000; i += 1) durations.record('m=19456,t=2,p=1', 60);
    expect(durations.remainingMs(60)).toBe(70);
  });

  it('follows a kind that becomes faster or slower', () => {
    const durations = createRefusalDurations();
    durations.record('m=19456,t=2,p=1', 60);
    for (let i = 0; i < 32; i += 1) durations.record('scrypt', 500);
    for (let i = 0; i < 32; i += 1) durations.record('scrypt', 100);
    expect(durations.remainingMs(60)).toBe(40);
  });
});
