import { describe, expect, it } from 'vitest';
import type { ScheduledKey } from './key-schedule.ts';
import {
  decideRotation,
  deriveKeySchedule,
  JWKS_MAX_AGE_SECONDS,
  PUBLISHED_BEFORE_SIGNING_MS,
} from './key-schedule.ts';

const T0 = Date.parse('2026-11-24T12:00:00Z');
const BEGIN = T0 + PUBLISHED_BEFORE_SIGNING_MS;

function key(id: string, createdAtMs: number, more: Partial<ScheduledKey> = {}): ScheduledKey {
  return { id, createdAt: new Date(createdAtMs), expiresAt: null, isOpen: true, ...more };
}

function statesAt(keys: ScheduledKey[], nowMs: number): Record<string, string> {
  const { states } = deriveKeySchedule(keys, nowMs);
  return Object.fromEntries([...states].map(([id, { kind }]) => [id, kind]));
}

describe('the schedule of signing keys', () => {
  it('lets the very first key sign at once', () => {
    expect(statesAt([key('k1', T0)], T0)).toEqual({ k1: 'signs' });
    expect(statesAt([key('k1', T0)], T0 - 60_000)).toEqual({ k1: 'signs' });
  });

  it('publishes a new key for longer than anybody caches the public keys, then lets it sign', () => {
    const keys = [key('k2', T0), key('k1', T0 - 1)];
    expect(statesAt(keys, T0)).toEqual({ k2: 'signs-later', k1: 'signs' });
    expect(statesAt(keys, T0 + JWKS_MAX_AGE_SECONDS * 1000)).toEqual(statesAt(keys, T0));
    expect(statesAt(keys, BEGIN - 1)).toEqual(statesAt(keys, T0));
    expect(statesAt(keys, BEGIN)).toEqual({ k2: 'signs', k1: 'verifies' });
  });

  it('retires an older key at its end, and not while it signs', () => {
    const end = new Date(BEGIN + 1000);
    const former = key('k1', T0 - 1, { expiresAt: end });
    expect(statesAt([key('k2', T0), former], end.getTime() - 1)['k1']).toBe('verifies');
    expect(statesAt([key('k2', T0), former], end.getTime())['k1']).toBe('retired');
    expect(statesAt([former], end.getTime() + 1)).toEqual({ k1: 'signs' });
    expect(statesAt([key('k2', end.getTime()), former], end.getTime() + 1)).toEqual({
      k2: 'signs-later',
      k1: 'signs',
    });
  });

  it('skips a key that can’t be opened, which still verifies', () => {
    const closed = key('k2', T0, { isOpen: false });
    const former = key('k1', T0 - 1, { expiresAt: new Date(BEGIN) });
    expect(statesAt([closed, former], BEGIN + 1)).toEqual({ k2: 'verifies', k1: 'signs' });
    expect(statesAt([key('k2', T0), { ...former, isOpen: false }], T0)).toEqual({
      k2: 'signs',
      k1: 'verifies',
    });
  });

  it('lets no key sign if none is open', () => {
    expect(statesAt([key('k1', T0, { isOpen: false })], T0)).toEqual({ k1: 'verifies' });
    expect(statesAt([], T0)).toEqual({});
  });

  it('says when the next change happens by itself', () => {
    const end = BEGIN + 1000;
    const keys = [key('k2', T0), key('k1', T0 - 1, { expiresAt: new Date(end) })];
    const changesAt = (nowMs: number) => deriveKeySchedule(keys, nowMs).changesAtMs;
    expect(changesAt(BEGIN - 1)).toBe(BEGIN);
    expect(changesAt(BEGIN)).toBe(end);
    expect(changesAt(end)).toBe(Infinity);
  });
});

describe('a rotation of signing keys', () => {
  it('makes the newest key, even if its clock is behind the one that made the others', () => {
    const ahead = key('k1', T0 + 60_000);
    const { createdAt, signsFrom } = decideRotation([ahead], T0);
    expect(createdAt.getTime()).toBeGreaterThan(ahead.createdAt.getTime());
    expect(signsFrom.getTime()).toBe(createdAt.getTime() + PUBLISHED_BEFORE_SIGNING_MS);
  });

  it('gives an end to the key that signs and to those without one, and moves no other end', () => {
    const ended = key('k0', T0 - 2, { expiresAt: new Date(BEGIN) });
    const keys = [key('k2', T0 - 1), key('k1', T0 - 1 - PUBLISHED_BEFORE_SIGNING_MS), ended];
    expect(decideRotation(keys, T0)).toMatchObject({ expiring: ['k2', 'k1'], removed: [] });
    const again = [key('k3', T0 - 1), key('k2', 0, { expiresAt: new Date(BEGIN) }), ended];
    expect(decideRotation(again, T0)).toMatchObject({ expiring: ['k3', 'k2'], removed: [] });
    expect(decideRotation(again, BEGIN)).toMatchObject({ removed: ['k2', 'k0'] });
  });
});
