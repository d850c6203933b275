import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type {
  AttemptOutcome,
  Lockout,
  Attempt as LockoutAttempt,
} from '@mana/auth-core/lockout/lockout';
import {
  decideReservation,
  decideSettlement,
  lockoutExpiresAtMs,
} from '@mana/auth-core/lockout/lockout';
import type { CallContext } from '../../../trpc/context.ts';
import type { Attempt, AttemptReservation, SeenAccount } from './attempt.ts';
import { settleLockout } from './attempts.repository.ts';
import type { LockoutChange, SeenLockout } from './lockouts.repository.ts';
import { compareAndSetLockout, readLockout } from './lockouts.repository.ts';

/** How long a guess waits for others under way, whose outcome decides about it. */
const PATIENCE_MS = 5000;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 400;
/** How long an answer waits for a place to be given back. */
const GIVE_BACK_MS = 1000;
/** Failures in a row on an account are remembered for so long. */
const REMEMBERED_MS = 10 * 365 * 24 * 60 * 60_000;

/**
 * Takes a place for a guess. Of any number of guesses at once, over any number of servers, as many get
 * one as the account has left.
 */
export async function reserveAttempt(
  call: CallContext,
  guess: Attempt & { readonly seen: SeenAccount },
  startedAtMs: number,
): Promise<AttemptReservation> {
  const { db, config, attemptDurations } = call.deps;
  const attempt = { id: randomUUID(), device: guess.seen.device };
  let seen = guess.seen.lockout;
  for (let waitMs = FIRST_WAIT_MS; ; seen = await readLockout(db, guess.email)) {
    const now = call.deps.now();
    const nowMs = now.getTime();
    const decision = decideReservation(seen.lockout, attempt, config.lockoutPolicy, nowMs);
    if (decision.kind === 'reserved') {
      const change = toChange(call, guess, decision.next, now);
      const version = await compareAndSetLockout(db, seen, change);
      if (version !== null) {
        const held = { lockout: decision.next, version };
        const isSeenCurrent = seen === guess.seen.lockout;
        return { isSeenCurrent, ...createPlace(call, guess, attempt, held) };
      }
    } else if (decision.kind === 'locked') {
      await attemptDurations.equalise(startedAtMs);
      const retryAfterSec = Math.ceil((decision.untilMs - nowMs) / 1000);
      throw new AuthError('ACCOUNT_LOCKED', { retryAfterSec });
    } else {
      if (performance.now() - startedAtMs > PATIENCE_MS)
        throw refuseForNow(decision.retryAtMs - nowMs);
      await delay(waitMs * (0.5 + Math.random()));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

function createPlace(
  call: CallContext,
  guess: Attempt,
  attempt: LockoutAttempt,
  held: SeenLockout,
): Omit<AttemptReservation, 'isSeenCurrent'> {
  const { config, faultTrace, log, now } = call.deps;
  const decide = (seen: SeenLockout, outcome: AttemptOutcome, at: Date) =>
    decideSettlement(seen.lockout, attempt, outcome, config.lockoutPolicy, at.getTime());

  return {
    async settle(db, outcome, writes) {
      const { address } = call.request;
      const successful = outcome === 'succeeded';
      for (let seen = held; ; seen = await readLockout(db, guess.email)) {
        const at = now();
        const decision = decide(seen, outcome, at);
        if (decision.kind === 'lapsed' || seen.version === null) throw refuseForNow(0);
        const change = { ...toChange(call, guess, decision.next, at), version: seen.version };
        const line = { address, successful, method: guess.method, at };
        if (await settleLockout(db, change, line, writes)) return { hasLocked: decision.hasLocked };
      }
    },
    async release() {
      // A scope of its own: that it fails says nothing that the call's own fault hasn't said.
      const returned = faultTrace.run(returnPlace).catch((error: unknown) => {
        log.debug({ err: error }, 'the place of a guess was left to lapse');
      });
      await Promise.race([returned, delay(GIVE_BACK_MS, undefined, { ref: false })]);
    },
  };

  async function returnPlace(): Promise<void> {
    const { db } = call.deps;
    for (let seen = held; ; seen = await readLockout(db, guess.email)) {
      const decision = decide(seen, 'released', now());
      if (decision.kind === 'lapsed') return;
      const change = toChange(call, guess, decision.next, now());
      if ((await compareAndSetLockout(db, seen, change)) !== null) return;
    }
  }
}

/** An address without an account has nothing to guard once its windows and locks are over. */
function toChange(
  call: CallContext,
  guess: Attempt,
  lockout: Lockout | null,
  now: Date,
): LockoutChange {
  const forNobody: Lockout = { buckets: {}, ...lockout, consecutiveFailures: 0 };
  const endsAtMs = lockoutExpiresAtMs(forNobody, call.deps.config.lockoutPolicy) ?? 0;
  const isRemembered = guess.userId !== null && (lockout?.consecutiveFailures ?? 0) > 0;
  const expiresAt = new Date(isRemembered ? now.getTime() + REMEMBERED_MS : endsAtMs);
  return {
    email: guess.email,
    next: guess.userId === null ? lockout && forNobody : lockout,
    expiresAt,
  };
}

function refuseForNow(waitMs: number): AuthError {
  return new AuthError('SERVICE_UNAVAILABLE', {
    retryAfterSec: Math.max(1, Math.ceil(waitMs / 1000)),
    cause: new Error(
      'Other guesses at this account are still being judged, or this one took too long',
    ),
  });
}
