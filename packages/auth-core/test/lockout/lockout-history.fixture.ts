import type { AttemptOutcome, LockoutPolicy } from '../../src/lockout/lockout.ts';

export interface PastAttempt {
  readonly id: string;
  /** The device that it counts for, null for the unknown ones. */
  readonly bucket: string | null;
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
  readonly knownDevices: number;
  #order = 0;
  #locks: { bucket: string | null; untilMs: number; order: number }[] = [];
  #rows = new Map<string, PastAttempt[]>();

  constructor(policy: LockoutPolicy, knownDevices: number) {
    this.policy = policy;
    this.knownDevices = knownDevices;
  }

  expectReservation(device: string | null, nowMs: number): 'reserved' | 'busy' | 'locked' {
    const { maxConsecutive, reservedForKnownDevices, maxFailures } = this.policy;
    const bucket = this.#bucketOf(device, nowMs);
    const limit = bucket === null ? maxConsecutive - reservedForKnownDevices : maxConsecutive;
    const inARow = this.failuresInARow().length;
    if (inARow >= limit || this.isLocked(bucket, nowMs)) return 'locked';
    const pending = this.pending(nowMs);
    const own = pending.filter((attempt) => attempt.bucket === bucket);
    if (this.countedFailures(bucket, nowMs).length + own.length >= maxFailures) return 'busy';
    if (bucket !== null && this.inRow(bucket).length + own.length >= this.share()) return 'busy';
    return inARow + pending.length >= limit ? 'busy' : 'reserved';
  }

  reserve(id: string, device: string | null, nowMs: number): void {
    const reservedUntilMs = nowMs + this.policy.reservationMs;
    const bucket = this.#bucketOf(device, nowMs);
    this.attempts.push({ id, bucket, reservedUntilMs, settled: null });
  }

  /** What each known device may fail in a row. */
  share(): number {
    return Math.max(1, Math.floor(this.policy.reservedForKnownDevices / this.knownDevices));
  }

  /** The failures in a row that a known device has used of its share. */
  inRow(device: string): PastAttempt[] {
    return this.#rows.get(device) ?? [];
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
    const { bucket } = attempt;
    if (outcome === 'succeeded') this.#endRows(bucket, nowMs);
    if (outcome !== 'failed') return 'settled';
    if (bucket !== null) this.#rows.set(bucket, [...this.inRow(bucket), attempt]);
    if (this.countedFailures(bucket, nowMs).length < this.policy.maxFailures) return 'settled';
    this.#locks.push({ bucket, untilMs: nowMs + this.policy.lockMs, order: this.#order });
    return 'locks';
  }

  pending(nowMs: number): PastAttempt[] {
    return this.attempts.filter((one) => one.settled === null && nowMs < one.reservedUntilMs);
  }

  isLocked(bucket: string | null, nowMs: number): boolean {
    return this.#locks.some((lock) => lock.bucket === bucket && nowMs < lock.untilMs);
  }

  /** All failures since the last success anywhere, in the order in which they were settled. */
  failuresInARow(): PastAttempt[] {
    const lastSuccess = Math.max(0, ...this.#settled('succeeded').map((one) => toOrder(one)));
    return this.#settled('failed').filter((one) => toOrder(one) > lastSuccess);
  }

  /** Failures of a bucket within the window, since its last success or lock. */
  countedFailures(bucket: string | null, nowMs: number): PastAttempt[] {
    const resets = [
      ...this.#settled('succeeded')
        .filter((one) => one.bucket === bucket)
        .map(toOrder),
      ...this.#locks.filter((lock) => lock.bucket === bucket).map((lock) => lock.order),
    ];
    const lastReset = Math.max(0, ...resets);
    return this.#settled('failed').filter(
      (one) =>
        one.bucket === bucket &&
        toOrder(one) > lastReset &&
        nowMs - (one.settled?.atMs ?? 0) < this.policy.windowMs,
    );
  }

  /** A known device with nothing left of its share is one of the unknown ones. */
  #bucketOf(device: string | null, nowMs: number): string | null {
    if (device === null || this.isLocked(device, nowMs)) return device;
    return this.inRow(device).length < this.share() ? device : null;
  }

  /** A success ends every row; of other devices what may still lock them stays. */
  #endRows(succeeded: string | null, nowMs: number): void {
    for (const device of this.#rows.keys()) {
      const counted = device === succeeded ? [] : this.countedFailures(device, nowMs);
      this.#rows.set(device, counted);
    }
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
