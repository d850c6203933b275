import { describe, expect, it } from 'vitest';
import { parseLockout } from './parse-lockout.ts';

const bucket = { failedAtMs: [1, 2.5], pending: [{ id: 'a', untilMs: 3 }], lockedUntilMs: null };
const lockout = { buckets: { unknown: bucket, 'device:x\ny': bucket }, consecutiveFailures: 3 };
const withBucket = (change: object) => ({
  ...lockout,
  buckets: { unknown: { ...bucket, ...change } },
});

describe('parseLockout', () => {
  it('reads what the decisions write', () => {
    expect(parseLockout(lockout)).toEqual(lockout);
    const locked = withBucket({ lockedUntilMs: 4 });
    expect(parseLockout(locked)).toEqual(locked);
    expect(parseLockout({ buckets: {}, consecutiveFailures: 0 })).toEqual({
      buckets: {},
      consecutiveFailures: 0,
    });
  });

  it.each<[string, unknown]>([
    ['the lockout', null],
    ['the lockout', undefined],
    ['the lockout', 'secret'],
    ['the lockout', []],
    ['the lockout', { ...lockout, version: 2 }],
    ['buckets', { consecutiveFailures: 0 }],
    ['buckets', { ...lockout, buckets: [] }],
    ['consecutiveFailures', { buckets: {} }],
    ['consecutiveFailures', { ...lockout, consecutiveFailures: '3' }],
    ['consecutiveFailures', { ...lockout, consecutiveFailures: -1 }],
    ['consecutiveFailures', { ...lockout, consecutiveFailures: 0.5 }],
    ['consecutiveFailures', { ...lockout, consecutiveFailures: Number.NaN }],
    ['the name of a bucket', { ...lockout, buckets: { other: bucket } }],
    ['the name of a bucket', { ...lockout, buckets: { 'unknown device': bucket } }],
    ['the name of a bucket', { ...lockout, buckets: { 'device:': bucket } }],
    ['the name of a bucket', { ...lockout, buckets: { 'my device:x': bucket } }],
    ['a bucket', { ...lockout, buckets: { unknown: null } }],
    ['a bucket', withBucket({ more: 1 })],
    ['failedAtMs', withBucket({ failedAtMs: undefined })],
    ['failedAtMs', withBucket({ failedAtMs: { length: 0 } })],
    ['failedAtMs', withBucket({ failedAtMs: ['1'] })],
    ['failedAtMs', withBucket({ failedAtMs: [null] })],
    ['failedAtMs', withBucket({ failedAtMs: [Number.POSITIVE_INFINITY] })],
    ['failedAtMs', withBucket({ failedAtMs: [-1] })],
    ['pending', withBucket({ pending: null })],
    ['pending', withBucket({ pending: ['a'] })],
    ['pending', withBucket({ pending: [{ id: 1, untilMs: 1 }] })],
    ['pending', withBucket({ pending: [{ id: 'a', untilMs: 1, more: 1 }] })],
    ['untilMs', withBucket({ pending: [{ id: 'a' }] })],
    ['lockedUntilMs', withBucket({ lockedUntilMs: undefined })],
    ['lockedUntilMs', withBucket({ lockedUntilMs: '2026-01-01' })],
  ])('throws for a damaged row and names %s', (where, damaged) => {
    const message = `A stored lockout is damaged: ${where}`;
    expect(() => parseLockout(damaged)).toThrow(new TypeError(message));
  });
});
