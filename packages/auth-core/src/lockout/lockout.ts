/**
 * The lockout of one account, as a value: what is remembered of it and the two decisions about it. Pure.
 * The caller reads the clock, stores `next` with compare-and-set, and asks again if it lost the race.
 *
 * A guess takes its place before the secret is checked, so that parallel guesses can't pass the limit
 * together. Devices that the account knows have a bucket each and all others share one, so that whoever
 * burns theirs leaves the owner's alone.
 */

const UNKNOWN_DEVICES = 'unknown';
const KNOWN_DEVICE = 'device:';
const NO_BUCKET: LockoutBucket = { failedAtMs: [], pending: [], lockedUntilMs: null };

export interface LockoutPolicy {
  /** So many failures within `windowMs` lock their bucket for `lockMs`. */
  readonly maxFailures: number;
  readonly windowMs: number;
  readonly lockMs: number;
  /** How long a reservation waits for its outcome: longer than the slowest check of a secret. */
  readonly reservationMs: number;
  /** Failures in a row on the account, over all devices: at most 100 (NIST SP 800-63B, 3.2.2). */
  readonly maxConsecutive: number;
  /** So many of `maxConsecutive` are out of an unknown device's reach. */
  readonly reservedForKnownDevices: number;
}

export interface ReservedAttempt {
  readonly id: string;
  /** From here on the reservation counts for nothing, and can't be settled any more. */
  readonly untilMs: number;
}

export interface LockoutBucket {
  readonly failedAtMs: readonly number[];
  readonly pending: readonly ReservedAttempt[];
  readonly lockedUntilMs: number | null;
}

/** What is kept of an account, as JSON. */
export interface Lockout {
  readonly buckets: Readonly<Record<string, LockoutBucket>>;
  /** Settled failures of all buckets since the last success. */
  readonly consecutiveFailures: number;
}

export interface Attempt {
  /** Unique among the attempts on the account. */
  readonly id: string;
  /** A device that the account knows, or null for any other. */
  readonly device: string | null;
}

/** `returned`: the secret was never judged, as when the database failed. */
export type AttemptOutcome = 'failed' | 'succeeded' | 'released';

/** `busy`: attempts under way decide whether there is room; that is known at `retryAtMs` at the latest. */
export type Reservation =
  | { readonly kind: 'reserved'; readonly next: Lockout }
  | { readonly kind: 'busy'; readonly retryAtMs: number }
  | { readonly kind: 'locked'; readonly untilMs: number };

/** `next` null: nothing is left to remember. `hasLocked`: this very failure locked the bucket. */
export type Settlement =
  | { readonly kind: 'settled'; readonly next: Lockout | null; readonly hasLocked: boolean }
  | { readonly kind: 'lapsed' };

/**
 * Decides whether one more guess may be checked. A refused one leaves no trace, so hammering can't extend
 * a lock. A reserved one counts like a failure until it is settled or its lease ends.
 */
export function decideReservation(
  lockout: Lockout | null,
  attempt: Attempt,
  policy: LockoutPolicy,
  nowMs: number,
): Reservation {
  const current = forgetPast(lockout, policy, nowMs);
  const key = toBucketKey(attempt);
  const bucket = current.buckets[key] ?? NO_BUCKET;
  const { maxConsecutive, reservedForKnownDevices, maxFailures } = policy;
  const accountLimit =
    attempt.device === null ? maxConsecutive - reservedForKnownDevices : maxConsecutive;

  if (current.consecutiveFailures >= accountLimit) {
    return { kind: 'locked', untilMs: nowMs + policy.lockMs };
  }
  if (bucket.lockedUntilMs !== null) return { kind: 'locked', untilMs: bucket.lockedUntilMs };
  const room = maxFailures - bucket.failedAtMs.length;
  // Failures alone fill a bucket only after its limit was lowered: the oldest ones have to leave first.
  if (room <= 0) {
    return { kind: 'locked', untilMs: (bucket.failedAtMs[-room] ?? nowMs) + policy.windowMs };
  }
  if (bucket.pending.length >= room) return toBusy(bucket.pending);
  const pending = Object.values(current.buckets).flatMap((one) => one.pending);
  if (current.consecutiveFailures + pending.length >= accountLimit) return toBusy(pending);

  const lease = { id: attempt.id, untilMs: nowMs + policy.reservationMs };
  const next = { ...bucket, pending: [...bucket.pending, lease] };
  return {
    kind: 'reserved',
    next: { ...current, buckets: { ...current.buckets, [key]: next } },
  };
}

/**
 * Decides what the outcome of a reserved guess leaves behind. `lapsed` when the account holds no such
 * reservation (any more): the outcome then counts for nothing, and the caller must not reveal it.
 *
 * A success clears its own bucket and the account's failures in a row, and no other bucket.
 */
export function decideSettlement(
  lockout: Lockout | null,
  attempt: Attempt,
  outcome: AttemptOutcome,
  policy: LockoutPolicy,
  nowMs: number,
): Settlement {
  const current = forgetPast(lockout, policy, nowMs);
  const key = toBucketKey(attempt);
  const bucket = current.buckets[key] ?? NO_BUCKET;
  const pending = bucket.pending.filter(({ id }) => id !== attempt.id);
  if (pending.length === bucket.pending.length) return { kind: 'lapsed' };

  const settle = (settled: LockoutBucket, consecutiveFailures: number, hasLocked: boolean) => {
    const buckets = withoutEmpty({ ...current.buckets, [key]: settled });
    const isEmpty = Object.keys(buckets).length === 0 && consecutiveFailures === 0;
    const next = isEmpty ? null : { buckets, consecutiveFailures };
    return { kind: 'settled', next, hasLocked } as const;
  };
  if (outcome === 'released')
    return settle({ ...bucket, pending }, current.consecutiveFailures, false);
  if (outcome === 'succeeded') return settle({ ...NO_BUCKET, pending }, 0, false);
  const failures = current.consecutiveFailures + 1;
  const failedAtMs = [...bucket.failedAtMs, nowMs];
  if (failedAtMs.length < policy.maxFailures) {
    return settle({ ...bucket, failedAtMs, pending }, failures, false);
  }
  const lockedUntilMs = nowMs + policy.lockMs;
  return settle({ failedAtMs: [], pending, lockedUntilMs }, failures, true);
}

/**
 * When nothing of it counts any more, so that it may be deleted; null for never, while it holds failures
 * in a row. For an address without an account, which has none to guard, ask with `consecutiveFailures` 0.
 */
export function lockoutExpiresAtMs(lockout: Lockout, policy: LockoutPolicy): number | null {
  if (lockout.consecutiveFailures > 0) return null;
  const ends = Object.values(lockout.buckets).flatMap((bucket) => [
    ...bucket.failedAtMs.map((atMs) => atMs + policy.windowMs),
    ...bucket.pending.map(({ untilMs }) => untilMs),
    bucket.lockedUntilMs ?? 0,
  ]);
  return Math.max(0, ...ends);
}

function toBucketKey({ device }: Attempt): string {
  return device === null ? UNKNOWN_DEVICES : `${KNOWN_DEVICE}${device}`;
}

/** Leaves out what counts no more. Everything counts up to its end, and at its end no longer. */
function forgetPast(lockout: Lockout | null, policy: LockoutPolicy, nowMs: number): Lockout {
  const buckets: Record<string, LockoutBucket> = {};
  for (const [key, { failedAtMs, pending, lockedUntilMs }] of Object.entries(
    lockout?.buckets ?? {},
  )) {
    buckets[key] = {
      failedAtMs: failedAtMs.filter((atMs) => nowMs < atMs + policy.windowMs),
      pending: pending.filter(({ untilMs }) => nowMs < untilMs),
      lockedUntilMs: lockedUntilMs !== null && nowMs < lockedUntilMs ? lockedUntilMs : null,
    };
  }
  return {
    buckets: withoutEmpty(buckets),
    consecutiveFailures: lockout?.consecutiveFailures ?? 0,
  };
}

function withoutEmpty(buckets: Lockout['buckets']): Lockout['buckets'] {
  const held = Object.entries(buckets).filter(
    ([, { failedAtMs, pending, lockedUntilMs }]) =>
      failedAtMs.length > 0 || pending.length > 0 || lockedUntilMs !== null,
  );
  return Object.fromEntries(held);
}

function toBusy(pending: readonly ReservedAttempt[]): Reservation {
  return { kind: 'busy', retryAtMs: Math.min(...pending.map(({ untilMs }) => untilMs)) };
}
