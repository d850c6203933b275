import { describe, expect, it } from 'vitest';
import { lockoutExpiresAtMs } from '../../src/lockout/lockout.ts';
import { Account, MINUTE, policy, START } from './lockout-account.fixture.ts';

describe('a known device', () => {
  it('gets in while the unknown ones are locked, and they when it is', () => {
    const account = new Account();
    account.fail(5);
    expect(account.reserve('phone').kind).toBe('reserved');
    expect(account.reserve('laptop').kind).toBe('reserved');

    const other = new Account();
    other.fail(5, 'phone');
    expect(other.reserve('phone').kind).toBe('locked');
    expect(other.reserve('laptop').kind).toBe('reserved');
    expect(other.reserve().kind).toBe('reserved');
  });

  it('that calls itself unknown has a bucket of its own all the same', () => {
    const account = new Account();
    account.fail(5);
    expect(account.reserve('unknown').kind).toBe('reserved');
    expect(account.reserve('__proto__').kind).toBe('reserved');
  });

  it('unlocks nobody else by its success', () => {
    const account = new Account();
    account.fail(5);
    account.fail(2, 'laptop');
    expect(account.attempt('succeeded', 'phone')).toMatchObject({ hasLocked: false });
    expect(account.reserve().kind).toBe('locked');
    expect(account.state?.buckets['device:laptop']?.failedAtMs).toHaveLength(2);
    expect(account.state?.consecutiveFailures).toBe(0);
  });
});

describe('failures in a row', () => {
  it('end for unknown devices where those kept for known ones begin, until a success', () => {
    const account = new Account();
    account.failPatiently(75, null);
    account.nowMs += 365 * 24 * 60 * MINUTE;
    expect(account.reserve()).toMatchObject({
      kind: 'locked',
      untilMs: account.nowMs + 30 * MINUTE,
      isLasting: true,
    });
    account.attempt('succeeded', 'phone');
    expect(account.reserve().kind).toBe('reserved');
  });

  it('are shared out among known devices: none uses up those of another', () => {
    const account = new Account();
    account.knownDevices = 4;
    account.failPatiently(75, null);
    for (const device of ['phone', 'tablet', 'desktop']) account.failPatiently(6, device);
    account.nowMs += 365 * 24 * 60 * MINUTE;
    for (const device of ['phone', 'tablet', 'desktop']) {
      expect(account.reserve(device)).toMatchObject({
        kind: 'locked',
        untilMs: account.nowMs + 30 * MINUTE,
      });
    }
    account.failPatiently(5, 'laptop');
    expect(account.reserve('laptop').kind).toBe('locked');
    account.nowMs += 30 * MINUTE;
    account.attempt('succeeded', 'laptop');
    account.nowMs += 15 * MINUTE;
    for (const device of ['phone', null]) expect(account.reserve(device).kind).toBe('reserved');
  });

  it('leave a known device among the unknown ones once its share is used up', () => {
    const account = new Account();
    account.knownDevices = 25;
    account.fail(1, 'phone');
    account.fail(2, 'phone');
    expect(account.state?.buckets['device:phone']?.failedAtMs).toHaveLength(1);
    expect(account.state?.buckets['unknown']?.failedAtMs).toHaveLength(2);
    account.fail(3);
    expect(account.reserve('phone').kind).toBe('locked');
    account.attempt('succeeded', 'laptop');
    account.nowMs += 30 * MINUTE;
    expect(account.reserve('phone').kind).toBe('reserved');
  });

  it('end for all at the limit, however many devices are known', () => {
    const account = new Account();
    account.knownDevices = 100;
    account.failPatiently(75, null);
    for (let i = 0; i < 25; i += 1) account.failPatiently(1, `device ${i}`);
    expect(account.state?.consecutiveFailures).toBe(100);
    account.nowMs += 365 * 24 * 60 * MINUTE;
    expect(account.reserve('laptop')).toMatchObject({
      kind: 'locked',
      untilMs: account.nowMs + 30 * MINUTE,
      isLasting: true,
    });
  });

  it('never exceed the limit by attempts under way at the same time', () => {
    const account = new Account();
    account.failPatiently(74, null);
    account.nowMs += 30 * MINUTE;
    const { attempt } = account.reserve('phone');
    expect(account.reserve()).toMatchObject({
      kind: 'busy',
      retryAtMs: account.nowMs + MINUTE,
    });
    account.settle(attempt, 'released');
    expect(account.reserve().kind).toBe('reserved');
    expect(account.reserve().kind).toBe('busy');
  });

  it('count attempts of other buckets under way', () => {
    const account = new Account();
    account.policy = { ...policy, maxConsecutive: 6, reservedForKnownDevices: 4 };
    const devices = [null, null, 'phone', 'phone', 'laptop', 'laptop', 'tablet', null];
    const kinds = devices.map((device) => account.reserve(device).kind);
    expect(kinds).toEqual([...Array(6).fill('reserved'), 'busy', 'busy']);
  });
});

describe('what is kept', () => {
  it('holds no bucket that remembers nothing', () => {
    const account = new Account();
    account.fail(1);
    account.fail(1, 'laptop');
    account.attempt('succeeded', 'laptop');
    account.nowMs += 15 * MINUTE;
    const { attempt } = account.reserve('tablet');
    expect(Object.keys(account.state?.buckets ?? {})).toEqual(['device:tablet']);
    account.settle(attempt, 'released');
    expect(account.state).toBeNull();
  });

  it('expires with the last of its failures, reservations and locks', () => {
    const account = new Account();
    const expiresAnyway = () =>
      account.state && lockoutExpiresAtMs({ ...account.state, consecutiveFailures: 0 }, policy);
    const { attempt } = account.reserve('phone');
    expect(account.state && lockoutExpiresAtMs(account.state, policy)).toBe(START + MINUTE);
    account.settle(attempt, 'failed');
    expect(account.state && lockoutExpiresAtMs(account.state, policy)).toBeNull();
    expect(expiresAnyway()).toBe(START + 15 * MINUTE);
    account.fail(5);
    expect(expiresAnyway()).toBe(START + 30 * MINUTE);
    account.attempt('succeeded', 'phone');
    expect(account.state && lockoutExpiresAtMs(account.state, policy)).toBe(START + 30 * MINUTE);
    expect(lockoutExpiresAtMs({ buckets: {}, consecutiveFailures: 0 }, policy)).toBe(0);
  });
});
