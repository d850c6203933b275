import {
  type AttemptOutcome,
  decideReservation,
  decideSettlement,
  type Lockout,
  type LockoutPolicy,
} from '../../src/lockout/lockout.ts';

export const MINUTE = 60_000;
export const START = 1_800_000_000_000;
export const policy: LockoutPolicy = {
  maxFailures: 5,
  windowMs: 15 * MINUTE,
  lockMs: 30 * MINUTE,
  reservationMs: MINUTE,
  maxConsecutive: 100,
  reservedForKnownDevices: 25,
};

/** One account with a clock that is moved by hand. */
export class Account {
  state: Lockout | null = null;
  nowMs = START;
  policy = policy;
  knownDevices = 2;
  #ids = 0;

  reserve(device: string | null = null) {
    this.#ids += 1;
    const attempt = { id: `attempt ${this.#ids}`, device, knownDevices: this.knownDevices };
    const decision = decideReservation(this.state, attempt, this.policy, this.nowMs);
    if (decision.kind === 'reserved') this.state = decision.next;
    return { ...decision, attempt };
  }

  settle({ id }: { id: string }, outcome: AttemptOutcome) {
    const decision = decideSettlement(this.state, id, outcome, this.policy, this.nowMs);
    if (decision.kind === 'settled') this.state = decision.next;
    return decision;
  }

  /** Reserves and settles at once; throws where there is no room. */
  attempt(outcome: AttemptOutcome, device: string | null = null) {
    const { kind, attempt } = this.reserve(device);
    if (kind !== 'reserved') throw new Error(kind);
    return this.settle(attempt, outcome);
  }

  fail(times: number, device: string | null = null) {
    for (let i = 0; i < times; i += 1) this.attempt('failed', device);
  }

  /** Fails `times`, and waits for the end of each lock on the way. */
  failPatiently(times: number, device: string | null) {
    for (let i = 0; i < times; i += 1) {
      const isLocked = this.reserve(device).kind === 'locked';
      this.nowMs += isLocked ? policy.lockMs : policy.reservationMs;
      this.attempt('failed', device);
    }
  }
}
