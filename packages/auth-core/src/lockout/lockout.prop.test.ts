import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LockoutHistory } from '../../test/lockout/lockout-history.fixture.ts';
import {
  type AttemptOutcome,
  decideReservation,
  decideRetraction,
  decideSettlement,
  type Lockout,
  type LockoutPolicy,
} from './lockout.ts';
import { parseLockout } from './parse-lockout.ts';

const START = 1_800_000_000_000;
/** `FUZZ_INPUTS=20000` digs deeper. */
const RUNS = { numRuns: Number(process.env['FUZZ_INPUTS'] ?? 200) };

/** Small numbers, so that every edge is met often. */
const policies: fc.Arbitrary<LockoutPolicy> = fc
  .record({
    maxFailures: fc.integer({ min: 1, max: 5 }),
    windowMs: fc.integer({ min: 1, max: 40 }),
    lockMs: fc.integer({ min: 1, max: 60 }),
    reservationMs: fc.integer({ min: 1, max: 20 }),
    maxConsecutive: fc.integer({ min: 1, max: 14 }),
    reservedForKnownDevices: fc.nat({ max: 13 }),
  })
  .map((policy) => ({
    ...policy,
    reservedForKnownDevices: policy.reservedForKnownDevices % policy.maxConsecutive,
  }));

/** Of the phone and the laptop; the others never sign in. */
const KNOWN_DEVICES = 3;
const devices = fc.constantFrom(null, null, null, 'phone', 'laptop');
const outcomes = fc.constantFrom<AttemptOutcome>(
  'failed',
  'failed',
  'failed',
  'succeeded',
  'released',
);

type Step =
  | { kind: 'reserve'; device: string | null }
  | { kind: 'settle'; pick: number; outcome: AttemptOutcome }
  | { kind: 'wait'; ms: number };

const reserve = fc.record({ kind: fc.constant('reserve' as const), device: devices });
const settle = fc.record({
  kind: fc.constant('settle' as const),
  pick: fc.nat(),
  outcome: outcomes,
});
const wait = fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 45 }) });
const scripts: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: reserve },
    { weight: 5, arbitrary: settle },
    { weight: 2, arbitrary: wait },
  ),
  { minLength: 1, maxLength: 120 },
);

/** Runs a script on the decisions, with the state through JSON at each step, and on the slow history. */
class Account {
  state: Lockout | null = null;
  nowMs = START;
  readonly history: LockoutHistory;
  readonly policy: LockoutPolicy;

  constructor(policy: LockoutPolicy) {
    this.policy = policy;
    this.history = new LockoutHistory(policy, KNOWN_DEVICES);
  }

  run(script: readonly Step[]): this {
    for (const step of script) {
      if (step.kind === 'wait') this.nowMs += step.ms;
      else if (step.kind === 'reserve') this.reserve(step.device);
      else this.#settleOne(step.pick, step.outcome);
    }
    return this;
  }

  reserve(device: string | null) {
    const id = `attempt ${this.history.attempts.length}`;
    const attempt = { id, device, knownDevices: KNOWN_DEVICES };
    const decision = decideReservation(this.state, attempt, this.policy, this.nowMs);
    expect(decision.kind).toBe(this.history.expectReservation(device, this.nowMs));
    if (decision.kind === 'busy') expect(decision.retryAtMs).toBeGreaterThan(this.nowMs);
    if (decision.kind === 'locked') expect(decision.untilMs).toBeGreaterThan(this.nowMs);
    if (decision.kind === 'reserved') {
      this.#store(decision.next);
      this.history.reserve(attempt.id, device, this.nowMs);
    }
    return { decision, attempt };
  }

  settle(attempt: { id: string }, outcome: AttemptOutcome) {
    const past = this.history.attempts.find(({ id }) => id === attempt.id);
    const decision = decideSettlement(this.state, attempt.id, outcome, this.policy, this.nowMs);
    const expected = past ? this.history.settle(past, outcome, this.nowMs) : 'lapsed';
    expect(decision.kind).toBe(expected === 'lapsed' ? 'lapsed' : 'settled');
    if (decision.kind === 'settled') {
      expect(decision.hasLocked).toBe(expected === 'locks');
      this.#store(decision.next);
    }
  }

  /** What is remembered now, without what has passed: nothing stays of an attempt that was released. */
  remembered(): Lockout | null {
    const attempt = { id: 'a look', device: 'a device of its own', knownDevices: KNOWN_DEVICES };
    const policy = { ...this.policy, maxFailures: 1, maxConsecutive: Number.POSITIVE_INFINITY };
    const reserved = decideReservation(this.state, attempt, policy, this.nowMs);
    if (reserved.kind !== 'reserved') throw new Error(reserved.kind);
    const released = decideSettlement(reserved.next, attempt.id, 'released', policy, this.nowMs);
    if (released.kind !== 'settled') throw new Error(released.kind);
    return released.next;
  }

  #settleOne(pick: number, outcome: AttemptOutcome) {
    const { attempts } = this.history;
    const recent = attempts.slice(-8);
    const attempt = recent[pick % Math.max(1, recent.length)];
    if (attempt) this.settle(attempt, outcome);
  }

  #store(next: Lockout | null) {
    const read = next && parseLockout(JSON.parse(JSON.stringify(next)));
    expect(read).toEqual(next);
    this.state = read;
  }
}

it('decides as if it went through everything that ever happened each time', () => {
  fc.assert(
    fc.property(policies, scripts, (policy, script) => {
      new Account(policy).run(script);
    }),
    RUNS,
  );
});

it('settles at most the limit of failures of a bucket in any window between successes', () => {
  fc.assert(
    fc.property(policies, scripts, (policy, script) => {
      const { history } = new Account(policy).run(script);
      const spanMs = Math.min(policy.windowMs, policy.lockMs);
      for (const device of [null, 'phone', 'laptop']) {
        const settled = history.attempts
          .filter((one) => one.bucket === device && one.settled?.outcome !== 'released')
          .flatMap((one) => one.settled ?? [])
          .toSorted((a, b) => a.order - b.order);
        for (const [index, first] of settled.entries()) {
          const after = settled.slice(index);
          const success = after.findIndex(({ outcome }) => outcome === 'succeeded');
          const failures = after
            .slice(0, success === -1 ? undefined : success)
            .filter(({ atMs }) => atMs < first.atMs + spanMs);
          expect(failures.length).toBeLessThanOrEqual(policy.maxFailures);
        }
      }
    }),
    RUNS,
  );
});

it('never settles more failures in a row than the account may have', () => {
  fc.assert(
    fc.property(policies, scripts, (policy, script) => {
      const account = new Account(policy);
      for (const step of script) {
        account.run([step]);
        const inARow = account.history.failuresInARow();
        expect(inARow.length).toBeLessThanOrEqual(policy.maxConsecutive);
        expect(account.state?.consecutiveFailures ?? 0).toBe(inARow.length);
      }
    }),
    RUNS,
  );
});

it('refuses a known device for what it did itself, and for nothing else, while its share isn’t used up', () => {
  fc.assert(
    fc.property(policies, scripts, (policy, script) => {
      const { history, ...account } = new Account(policy).run(script);
      const { nowMs, state } = account;
      const own = history.pending(nowMs).filter(({ bucket }) => bucket === 'phone');
      const mayRefuse =
        policy.reservedForKnownDevices < KNOWN_DEVICES ||
        history.isLocked('phone', nowMs) ||
        history.countedFailures('phone', nowMs).length + own.length >= policy.maxFailures ||
        history.inRow('phone').length + own.length >= history.share();
      const attempt = { id: 'the owner', device: 'phone', knownDevices: KNOWN_DEVICES };
      const { kind } = decideReservation(state, attempt, policy, nowMs);
      if (!mayRefuse) expect(kind).toBe('reserved');
    }),
    RUNS,
  );
});

it('remembers nothing of an attempt that was released or has lapsed', () => {
  fc.assert(
    fc.property(policies, scripts, devices, fc.boolean(), (policy, script, device, isReleased) => {
      const account = new Account(policy).run(script);
      const { state, nowMs } = account;
      const { decision, attempt } = account.reserve(device);
      if (decision.kind === 'reserved' && isReleased) account.settle(attempt, 'released');
      else account.nowMs += policy.reservationMs;

      const without = new Account(policy);
      without.state = state;
      without.nowMs = isReleased && decision.kind === 'reserved' ? nowMs : account.nowMs;
      expect(account.remembered()).toEqual(without.remembered());
    }),
    RUNS,
  );
});

it('leaves of a failure that is taken back what its release would have left', () => {
  fc.assert(
    fc.property(policies, scripts, devices, (policy, script, device) => {
      const account = new Account(policy).run(script);
      const { decision, attempt } = account.reserve(device);
      if (decision.kind !== 'reserved') return;
      const { nowMs } = account;
      const settle = (outcome: AttemptOutcome) => {
        const settled = decideSettlement(decision.next, attempt.id, outcome, policy, nowMs);
        if (settled.kind !== 'settled') throw new Error(settled.kind);
        return settled.next;
      };
      const failure = {
        attemptId: attempt.id,
        settledFrom: decision.next,
        failedAtMs: nowMs,
      };
      const retracted = decideRetraction(settle('failed'), failure, policy, nowMs);
      expect(retracted).toEqual(settle('released'));
    }),
    RUNS,
  );
});

it('ends a lock at the time first named, however hard it is hammered', () => {
  fc.assert(
    fc.property(
      policies,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      (policy, instants) => {
        const account = new Account({
          ...policy,
          maxConsecutive: 100,
          reservedForKnownDevices: 25,
        });
        for (let i = 0; i < policy.maxFailures; i += 1) {
          const { attempt } = account.reserve(null);
          account.settle(attempt, 'failed');
        }
        const untilMs = START + policy.lockMs;
        for (const part of instants.toSorted((a, b) => a - b)) {
          account.nowMs = START + Math.floor(part * (policy.lockMs - 1));
          expect(account.reserve(null).decision).toEqual({
            kind: 'locked',
            untilMs,
            isLasting: false,
          });
        }
        account.nowMs = untilMs;
        expect(account.reserve(null).decision.kind).toBe('reserved');
      },
    ),
    RUNS,
  );
});
