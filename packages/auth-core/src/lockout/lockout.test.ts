import { describe, expect, it } from 'vitest';
import { Account, MINUTE, policy, START } from '../../test/lockout/lockout-account.fixture.ts';

describe('a bucket', () => {
  it('locks with the last failure that its limit allows, and says so once', () => {
    const account = new Account();
    account.fail(4);
    expect(account.attempt('failed')).toMatchObject({ kind: 'settled', hasLocked: true });
    expect(account.reserve()).toMatchObject({ kind: 'locked', untilMs: START + 30 * MINUTE });
  });

  it('lets exactly the limit of parallel attempts through', () => {
    const account = new Account();
    const attempts = Array.from({ length: 200 }, () => account.reserve());
    const reserved = attempts.filter(({ kind }) => kind === 'reserved');
    expect(reserved).toHaveLength(5);
    expect(attempts.at(-1)).toMatchObject({ kind: 'busy', retryAtMs: START + MINUTE });
    const settled = reserved.map(({ attempt }) => account.settle(attempt, 'failed'));
    expect(settled.map((one) => one.kind === 'settled' && one.hasLocked)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(account.reserve().kind).toBe('locked');
  });

  it('is locked up to the end of its lock, and starts afresh at the end', () => {
    const account = new Account();
    account.fail(5);
    account.nowMs += 30 * MINUTE - 1;
    expect(account.reserve().kind).toBe('locked');
    account.nowMs += 1;
    account.fail(4);
    expect(account.attempt('failed')).toMatchObject({ hasLocked: true });
  });

  it('counts a failure for the whole window, and no longer', () => {
    const account = new Account();
    account.fail(1);
    account.nowMs += 1;
    account.fail(3);
    account.nowMs = START + 15 * MINUTE;
    expect(account.attempt('failed')).toMatchObject({ hasLocked: false });
    expect(account.attempt('failed')).toMatchObject({ hasLocked: true });

    const other = new Account();
    other.fail(4);
    other.nowMs += 15 * MINUTE - 1;
    expect(other.attempt('failed')).toMatchObject({ hasLocked: true });
  });

  it('has a lock that no refused attempt extends', () => {
    const account = new Account();
    account.fail(5);
    const before = account.state;
    for (let i = 0; i < 1000; i += 1) {
      account.nowMs += 1000;
      account.reserve();
    }
    expect(account.state).toBe(before);
    expect(account.reserve()).toMatchObject({ untilMs: START + 30 * MINUTE });
  });

  it('forgets its failures with a success', () => {
    const account = new Account();
    account.fail(4);
    expect(account.attempt('succeeded')).toEqual({ kind: 'settled', next: null, hasLocked: false });
    account.fail(4);
    expect(account.attempt('failed')).toMatchObject({ hasLocked: true });
  });

  it('keeps its failures when an attempt is released', () => {
    const account = new Account();
    account.fail(4);
    const before = account.state;
    expect(account.attempt('released')).toEqual({
      kind: 'settled',
      next: before,
      hasLocked: false,
    });
    expect(account.attempt('failed')).toMatchObject({ hasLocked: true });
  });

  it('keeps other attempts under way when one is settled', () => {
    const account = new Account();
    const [first, second, third] = [account.reserve(), account.reserve(), account.reserve()];
    expect(account.settle(second.attempt, 'succeeded').kind).toBe('settled');
    expect(account.settle(first.attempt, 'failed').kind).toBe('settled');
    expect(account.settle(third.attempt, 'released').kind).toBe('settled');
    expect(account.state).toEqual({
      buckets: { unknown: { failedAtMs: [START], pending: [], lockedUntilMs: null } },
      consecutiveFailures: 1,
    });
  });

  it('survives a limit that was lowered below what it holds', () => {
    const account = new Account();
    account.fail(1);
    account.nowMs += MINUTE;
    account.fail(1);
    account.nowMs += MINUTE;
    account.fail(2);
    account.policy = { ...policy, maxFailures: 3 };
    expect(account.reserve()).toMatchObject({ kind: 'locked', untilMs: START + 16 * MINUTE });
    account.nowMs = START + 16 * MINUTE;
    expect(account.attempt('failed')).toMatchObject({ hasLocked: true });
  });

  it('survives a limit that was lowered to just what it holds', () => {
    const account = new Account();
    account.fail(4);
    account.policy = { ...policy, maxFailures: 4 };
    expect(account.reserve()).toMatchObject({ kind: 'locked', untilMs: START + 15 * MINUTE });
  });
});

describe('a reservation', () => {
  it('lapses at its end, makes room and counts for nothing', () => {
    const account = new Account();
    const attempts = Array.from({ length: 5 }, () => account.reserve());
    const [first] = attempts;
    account.nowMs += MINUTE - 1;
    expect(account.reserve()).toMatchObject({ kind: 'busy', retryAtMs: START + MINUTE });
    account.nowMs += 1;
    expect(first && account.settle(first.attempt, 'failed')).toEqual({ kind: 'lapsed' });
    expect(account.reserve().kind).toBe('reserved');
    expect(account.state?.buckets['unknown']?.pending).toHaveLength(1);
    expect(account.state?.consecutiveFailures).toBe(0);
  });

  it('can be settled up to its end', () => {
    const account = new Account();
    const { attempt } = account.reserve();
    account.nowMs += MINUTE - 1;
    expect(account.settle(attempt, 'failed')).toMatchObject({ kind: 'settled' });
  });

  it.each(['failed', 'succeeded', 'released'] as const)(
    'is settled once: afterwards, under another id or after an unlock, %s is too late',
    (outcome) => {
      const account = new Account();
      const { attempt } = account.reserve('phone');
      expect(account.settle({ id: 'another' }, outcome)).toEqual({ kind: 'lapsed' });
      expect(account.settle(attempt, 'failed').kind).toBe('settled');
      expect(account.settle(attempt, outcome)).toEqual({ kind: 'lapsed' });
      account.state = null;
      expect(account.settle(attempt, outcome)).toEqual({ kind: 'lapsed' });
    },
  );

  it('makes others wait for the first reservation that ends', () => {
    const account = new Account();
    for (let i = 0; i < 5; i += 1) {
      account.reserve();
      account.nowMs += 1000;
    }
    expect(account.reserve()).toMatchObject({ kind: 'busy', retryAtMs: START + MINUTE });
  });

  it('leaves no trace once it is released', () => {
    const account = new Account();
    account.attempt('released');
    expect(account.state).toBeNull();
  });
});
