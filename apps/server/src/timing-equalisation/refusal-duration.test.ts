import { describe, expect, it } from 'vitest';
import { createRefusalPace } from './refusal-duration.ts';

describe('S25: the pace of refused passwords', () => {
  it('holds nothing back while only one kind of hash was judged', () => {
    const pace = createRefusalPace();
    expect(pace.leftMs(0)).toBe(0);
    for (const tookMs of [60, 90, 300]) pace.note('m=19456,t=2,p=1', tookMs);
    expect(pace.leftMs(60)).toBe(0);
  });

  it('lets every kind answer when the slowest does, the slowest too', () => {
    const pace = createRefusalPace();
    for (let i = 1; i <= 10; i += 1) {
      pace.note('scrypt', 130 + i);
      pace.note('m=19456,t=2,p=1', 60);
    }
    expect(pace.leftMs(60)).toBe(80);
    expect(pace.leftMs(131)).toBe(9);
    expect(pace.leftMs(200)).toBe(0);
  });

  it('knows a kind from its first hash on, and forgets none for being rare', () => {
    const pace = createRefusalPace();
    pace.note('scrypt', 130);
    for (let i = 0; i < 1000; i += 1) pace.note('m=19456,t=2,p=1', 60);
    expect(pace.leftMs(60)).toBe(70);
  });

  it('follows a kind that becomes faster or slower', () => {
    const pace = createRefusalPace();
    pace.note('m=19456,t=2,p=1', 60);
    for (let i = 0; i < 32; i += 1) pace.note('scrypt', 500);
    for (let i = 0; i < 32; i += 1) pace.note('scrypt', 100);
    expect(pace.leftMs(60)).toBe(40);
  });
});
