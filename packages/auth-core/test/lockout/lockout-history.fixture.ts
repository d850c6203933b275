import type { AttemptOutcome, LockoutPolicy } from '../../src/lockout/lockout.ts';

export interface PastAttempt {
  readonly id: string;
  readonly device: string | null;
  readonly reservedUntilMs: number;
  settled: {
    readonly atMs: number;
    readonly outcome: AttemptOutcome;
    readonly order: number;
  } | null;
}

/**
 * The lockout done slowly: everything that ever happened to an account is kept, and each answer is worked
 * out from all of it. The decisions are compared with this.
 */
export class LockoutHistory {
  readonly attempts: PastAttempt[] = [];
  readonly policy: LockoutPolicy;
  #order = 0;
  #locks: { device: string | null; untilMs: number; order: number }[] = [];

  constructor(policy: LockoutPolicy) {
    this.policy = policy;
  }

  expectReservation(device: string | null, nowMs: number): 'reserved' | 'busy' | 'locked' {
    const { maxConsecutive, reservedForKnownDevices, maxFailures } = this.policy;
    const limit = device === null ? maxConsecutive - reservedForKnownDevices : maxConsecutive;
    const inARow = this.failuresInARow().length;
    if (inARow >= limit || this.isLocked(device, nowMs)) return 'locked';
    const pending = this.pending(nowMs);
    const own = pending.filter((attempt) => attempt.device === device);
    if (this.countedFailures(device, nowMs).length + own.length >= maxFailures) return 'busy';
    return inARow + pending.length >= limit ? 'busy' : 'reserved';
  }

  reserve(id: string, device: string | null, nowMs: number): void {
    const reservedUntilMs = nowMs + this.policy.reservationMs;
    this.attempts.push({ id, device, reservedUntilMs, settled: null });
  }

  /** What the settlement should be. */
  settle(
    attempt: PastAttempt,
    outcome: AttemptOutcome,
    nowMs: number,
  ): 'lapsed' | 'locks' | 'settled' {
    if (attempt.settled !== null || attempt.reservedUntilMs <= nowMs) return 'lapsed';
    this.#order += 1;
    attempt.settled = { atMs: nowMs, outcome, order: this.#order };
    const { device } = attempt;
    if (outcome !== 'failed') return 'settled';
    if (this.countedFailures(device, nowMs).length < this.policy.maxFailures) return 'settled';
    this.#locks.push({ device, untilMs: nowMs + this.policy.lockMs, order: this.#order });
    return 'locks';
  }

  pending(nowMs: number): PastAttempt[] {
    return this.attempts.filter((one) => one.settled === null && nowMs < one.reservedUntilMs);
  }

  isLocked(device: string | null, nowMs: number): boolean {
    return this.#locks.some((lock) => lock.device === device && nowMs < lock.untilMs);
  }

  /** All failures since the last success anywhere, in the order in which they were settled. */
  failuresInARow(): PastAttempt[] {
    const lastSuccess = Math.max(0, ...this.#settled('succeeded').map((one) => toOrder(one)));
    return this.#settled('failed').filter((one) => toOrder(one) > lastSuccess);
  }

  /** Failures of a bucket within the window, since its last success or lock. */
  countedFailures(device: string | null, nowMs: number): PastAttempt[] {
    const resets = [
      ...this.#settled('succeeded')
        .filter((one) => one.device === device)
        .map(toOrder),
      ...this.#locks.filter((lock) => lock.device === device).map((lock) => lock.order),
    ];
    const lastReset = Math.max(0, ...resets);
    return this.#settled('failed').filter(
      (one) =>
        one.device === device &&
        toOrder(one) > lastReset &&
        nowMs - (one.settled?.atMs ?? 0) < this.policy.windowMs,
    );
  }

  #settled(outcome: AttemptOutcome): PastAttempt[] {
    return this.attempts
      .filter((one) => one.settled?.outcome === outcome)
      .toSorted((a, b) => toOrder(a) - toOrder(b));
  }
}

function toOrder(attempt: PastAttempt): number {
  return attempt.settled?.order ?? 0;
}
