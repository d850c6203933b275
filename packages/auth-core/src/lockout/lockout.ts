/**
 * The lockout of one account, as a value: what is remembered of it, and the two decisions about it. Pure:
 * the caller reads the clock, stores `next` with compare-and-set, and decides again if it lost the race.
 *
 * An attempt is reserved before the secret is checked, so that parallel attempts can't pass the limit
 * together. Each device that the account knows has a bucket of its own and all others share one, so that
 * an attacker who uses up theirs leaves the owner's alone. The failures in a row that only known devices can
 * use up are shared out among them, so that none of them locks another.
 */

const UNKNOWN_DEVICES = 'unknown';
const KNOWN_DEVICE = 'device:';
const NO_BUCKET: LockoutBucket = { failedAtMs: [], pending: [], lockedUntilMs: null };

/** When a bucket locks, and when the whole account does. */
export interface LockoutPolicy {
  /** This many failures within `windowMs` lock their bucket for `lockMs`. */
  readonly maxFailures: number;
  readonly windowMs: number;
  readonly lockMs: number;
  /** How long a reservation lasts without an outcome: longer than the slowest check of a secret. */
  readonly reservationMs: number;
  /** Failures in a row on the account, over all devices: at most 100 (NIST SP 800-63B, 3.2.2). */
  readonly maxConsecutive: number;
  /** How many of `maxConsecutive` only known devices can use up. */
  readonly reservedForKnownDevices: number;
}

/** An attempt without an outcome yet. */
export interface ReservedAttempt {
  readonly id: string;
  /** From then on the reservation counts for nothing and can no longer be settled. */
  readonly untilMs: number;
}

/** What is kept of one known device, or of all unknown ones together. */
export interface LockoutBucket {
  /**
   * Of a known device all failures in a row, those before its last lock as zero; of the unknown ones those
   * within the window.
   */
  readonly failedAtMs: readonly number[];
  /** Reserved and not yet settled. */
  readonly pending: readonly ReservedAttempt[];
  readonly lockedUntilMs: number | null;
}

/** What is kept of an account. Stored as JSON, so the names of its properties can't change. */
export interface Lockout {
  /** By `unknown`, or `device:` and the device's id. */
  readonly buckets: Readonly<Record<string, LockoutBucket>>;
  /** Settled failures of all buckets since the last success. */
  readonly consecutiveFailures: number;
}

/** One attempt at a secret of the account. */
export interface Attempt {
  /** Unique among the attempts on the account. */
  readonly id: string;
  /** A device that the account knows, or null for any other. */
  readonly device: string | null;
  /** How many devices the account knows. */
  readonly knownDevices: number;
}

/** `released`: the secret was never checked, as when the database failed. */
export type AttemptOutcome = 'failed' | 'succeeded' | 'released';

/**
 * `busy`: whether there is room depends on attempts under way, and is known by `retryAtMs`. `isLasting`: the
 * account has had its failures in a row, and nothing but a success or an unlock ends that.
 */
export type ReservationDecision =
  | { readonly kind: 'reserved'; readonly next: Lockout }
  | { readonly kind: 'busy'; readonly retryAtMs: number }
  | { readonly kind: 'locked'; readonly untilMs: number; readonly isLasting: boolean };

/** `next` null: nothing is left to remember. `hasLocked`: it was this failure that locked the bucket. */
export type SettlementDecision =
  | { readonly kind: 'settled'; readonly next: Lockout | null; readonly hasLocked: boolean }
  | { readonly kind: 'lapsed' };

/**
 * Decides whether one more attempt may be checked. A refused one leaves no trace, so hammering can't
 * extend a lock. A reserved one counts like a failure until it is settled or its reservation lapses.
 *
 * A known device that has used up its share of the account's failures in a row counts as an unknown one.
 */
export function decideReservation(
  lockout: Lockout | null,
  attempt: Attempt,
  policy: LockoutPolicy,
  nowMs: number,
): ReservationDecision {
  const current = forgetPast(lockout, policy, nowMs);
  const own = attempt.device === null ? null : `${KNOWN_DEVICE}${attempt.device}`;
  const ownRoom = own === null ? 0 : countOwnRoom(current.buckets[own], attempt, policy);
  const key = own === null || ownRoom <= 0 ? UNKNOWN_DEVICES : own;
  const bucket = current.buckets[key] ?? NO_BUCKET;
  const { maxConsecutive, reservedForKnownDevices, maxFailures } = policy;
  const isUnknown = key === UNKNOWN_DEVICES;
  const accountLimit = isUnknown ? maxConsecutive - reservedForKnownDevices : maxConsecutive;

  if (current.consecutiveFailures >= accountLimit) {
    return { kind: 'locked', untilMs: nowMs + policy.lockMs, isLasting: true };
  }
  if (bucket.lockedUntilMs !== null) return toLocked(bucket.lockedUntilMs);
  const counted = bucket.failedAtMs.filter((atMs) => nowMs < atMs + policy.windowMs);
  const room = maxFailures - counted.length;
  // Failures alone fill a bucket only after its limit was lowered: the oldest ones must expire first.
  if (room <= 0) {
    return toLocked((counted[-room] ?? nowMs) + policy.windowMs);
  }
  if (bucket.pending.length >= (isUnknown ? room : Math.min(room, ownRoom))) {
    return toBusy(bucket.pending);
  }
  const pending = Object.values(current.buckets).flatMap((one) => one.pending);
  if (current.consecutiveFailures + pending.length >= accountLimit) return toBusy(pending);

  const reserved = { id: attempt.id, untilMs: nowMs + policy.reservationMs };
  const next = { ...bucket, pending: [...bucket.pending, reserved] };
  return {
    kind: 'reserved',
    next: { ...current, buckets: { ...current.buckets, [key]: next } },
  };
}

/**
 * Decides what the outcome of a reserved attempt leaves behind. `lapsed` when the account has no such
 * reservation, or no longer has it: the outcome then counts for nothing and must not be revealed.
 *
 * A success clears its own bucket and the account's failures in a row, but no other bucket.
 */
export function decideSettlement(
  lockout: Lockout | null,
  attemptId: string,
  outcome: AttemptOutcome,
  policy: LockoutPolicy,
  nowMs: number,
): SettlementDecision {
  const current = forgetPast(lockout, policy, nowMs);
  const found = findPending(current.buckets, attemptId);
  if (!found) return { kind: 'lapsed' };
  const [key, bucket] = found;
  const pending = bucket.pending.filter(({ id }) => id !== attemptId);
  const isCounted = (atMs: number) => nowMs < atMs + policy.windowMs;

  const settle = (settled: LockoutBucket, consecutiveFailures: number, hasLocked: boolean) => {
    const others = outcome === 'succeeded' ? endRows(current.buckets, isCounted) : current.buckets;
    const next = toRemembered({ ...others, [key]: settled }, consecutiveFailures);
    return { kind: 'settled', next, hasLocked } as const;
  };
  if (outcome === 'released') {
    return settle({ ...bucket, pending }, current.consecutiveFailures, false);
  }
  if (outcome === 'succeeded') return settle({ ...NO_BUCKET, pending }, 0, false);
  const failures = current.consecutiveFailures + 1;
  const failedAtMs = [...bucket.failedAtMs, nowMs];
  if (failedAtMs.filter(isCounted).length < policy.maxFailures) {
    return settle({ ...bucket, failedAtMs, pending }, failures, false);
  }
  const lockedUntilMs = nowMs + policy.lockMs;
  const inARow = key === UNKNOWN_DEVICES ? [] : failedAtMs.map(() => 0);
  return settle({ failedAtMs: inARow, pending, lockedUntilMs }, failures, true);
}

/** A failure that was settled, by what it was settled from. */
export interface SettledFailure {
  readonly attemptId: string;
  readonly settledFrom: Lockout | null;
  readonly failedAtMs: number;
}

/**
 * Decides what is left of a lockout once a settled failure is taken back, as if its attempt had been released:
 * a lock that came with it ends. Returns null if nothing is left to remember.
 */
export function decideRetraction(
  lockout: Lockout | null,
  { attemptId, settledFrom, failedAtMs }: SettledFailure,
  policy: LockoutPolicy,
  nowMs: number,
): Lockout | null {
  const current = forgetPast(lockout, policy, nowMs);
  const found = findPending(settledFrom?.buckets ?? {}, attemptId);
  if (!found) return lockout;
  const [key, before] = found;
  const bucket = current.buckets[key] ?? NO_BUCKET;
  const hasLocked = bucket.lockedUntilMs === failedAtMs + policy.lockMs;
  const spent = key === UNKNOWN_DEVICES ? 0 : before.failedAtMs.length + 1;
  const index = bucket.failedAtMs.indexOf(failedAtMs);
  const restored = hasLocked
    ? [...before.failedAtMs, ...bucket.failedAtMs.slice(spent)]
    : bucket.failedAtMs.filter((_, at) => at !== index);
  const lockedUntilMs = hasLocked ? null : bucket.lockedUntilMs;
  return toRemembered(
    { ...current.buckets, [key]: { ...bucket, failedAtMs: restored, lockedUntilMs } },
    Math.max(0, current.consecutiveFailures - 1),
  );
}

/**
 * When none of it counts any longer, so that it may be deleted; null for never, while it holds failures in
 * a row.
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

/** How many more failures in a row a known device may have. Until the end of its lock it remains that device. */
function countOwnRoom(
  { failedAtMs, lockedUntilMs }: LockoutBucket = NO_BUCKET,
  { knownDevices }: Attempt,
  { reservedForKnownDevices }: LockoutPolicy,
): number {
  const share = Math.max(1, Math.floor(reservedForKnownDevices / Math.max(1, knownDevices)));
  return lockedUntilMs === null ? share - failedAtMs.length : 1;
}

/** Once nobody's failures are in a row any more, only those that may still lock a bucket are remembered. */
function endRows(
  buckets: Lockout['buckets'],
  isCounted: (atMs: number) => boolean,
): Lockout['buckets'] {
  const entries = Object.entries(buckets).map(
    ([key, bucket]) =>
      [key, { ...bucket, failedAtMs: bucket.failedAtMs.filter(isCounted) }] as const,
  );
  return Object.fromEntries(entries);
}

/** Leaves out what no longer counts. Everything counts until its end, and at its end no longer. */
function forgetPast(lockout: Lockout | null, policy: LockoutPolicy, nowMs: number): Lockout {
  const buckets: Record<string, LockoutBucket> = {};
  for (const [key, { failedAtMs, pending, lockedUntilMs }] of Object.entries(
    lockout?.buckets ?? {},
  )) {
    buckets[key] = {
      failedAtMs:
        key === UNKNOWN_DEVICES
          ? failedAtMs.filter((atMs) => nowMs < atMs + policy.windowMs)
          : failedAtMs,
      pending: pending.filter(({ untilMs }) => nowMs < untilMs),
      lockedUntilMs: lockedUntilMs !== null && nowMs < lockedUntilMs ? lockedUntilMs : null,
    };
  }
  return {
    buckets: withoutEmpty(buckets),
    consecutiveFailures: lockout?.consecutiveFailures ?? 0,
  };
}

function findPending(
  buckets: Lockout['buckets'],
  attemptId: string,
): readonly [key: string, bucket: LockoutBucket] | undefined {
  return Object.entries(buckets).find(([, { pending }]) =>
    pending.some(({ id }) => id === attemptId),
  );
}

function toRemembered(all: Lockout['buckets'], consecutiveFailures: number): Lockout | null {
  const buckets = withoutEmpty(all);
  const isEmpty = Object.keys(buckets).length === 0 && consecutiveFailures === 0;
  return isEmpty ? null : { buckets, consecutiveFailures };
}

function withoutEmpty(buckets: Lockout['buckets']): Lockout['buckets'] {
  const remembered = Object.entries(buckets).filter(
    ([, { failedAtMs, pending, lockedUntilMs }]) =>
      failedAtMs.length > 0 || pending.length > 0 || lockedUntilMs !== null,
  );
  return Object.fromEntries(remembered);
}

function toLocked(untilMs: number): ReservationDecision {
  return { kind: 'locked', untilMs, isLasting: false };
}

function toBusy(pending: readonly ReservedAttempt[]): ReservationDecision {
  return { kind: 'busy', retryAtMs: Math.min(...pending.map(({ untilMs }) => untilMs)) };
}
