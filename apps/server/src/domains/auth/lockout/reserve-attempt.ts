import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { AttemptOutcome } from '@mana/auth-core/lockout/lockout';
import { decideReservation, decideSettlement } from '@mana/auth-core/lockout/lockout';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { OutcomeWrites, SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import type { SeenLockout } from './lockouts.repository.ts';
import {
  compareAndSetLockout,
  readLockout,
  settleLockout,
  toLockoutChange,
} from './lockouts.repository.ts';
import { takeBackAttempt, type UncertainAttempt } from './take-back-attempt.ts';
import { tellOfLastingLock } from './unlock.service.ts';

/** How long an attempt waits for others in progress, on whose outcome it depends. */
const PATIENCE_MS = 5000;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 400;
/** How long a response waits for a reservation to be released. */
const RELEASE_TIMEOUT_MS = 1000;

/** Whose secret an attempt is to prove, and which. */
export interface AttemptTarget {
  /** In its normal form (trimmed, lower case); it need not belong to an account. */
  readonly email: string;
  readonly userId: string | null;
  readonly method: 'password' | 'totp' | 'backup-code';
  /** What has been read of the account already; read here if missing. */
  readonly seen?: SeenAccount;
}

/** What an attempt is decided on. */
export interface SeenAccount {
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  /** How many devices the account knows. */
  readonly knownDevices: number;
  readonly lockout: SeenLockout;
}

/** One of the few attempts that an account allows, held until it is settled, released, or lapses. */
export interface AttemptReservation {
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  /**
   * False if another attempt or a reset came between what was seen of the account and the reservation:
   * the account may have changed, so read it again.
   */
  readonly isSeenCurrent: boolean;
  /**
   * Settles the attempt as successful, in one statement with `writes`; may be part of a transaction.
   * Throws SERVICE_UNAVAILABLE, having written nothing, if checking took so long that it has lapsed.
   */
  succeed(db: Kysely<Database>, writes?: SuccessWrites): Promise<void>;
  /** Settles the attempt as failed, in one statement with `onLock` if that locks the account. Throws as `succeed`. */
  fail(onLock: OutcomeWrites): Promise<void>;
  /** Undoes the reservation unless it is settled. Never throws: what can't be written lapses. */
  release(): Promise<void>;
}

/**
 * Reserves an attempt. Of any number of simultaneous attempts, on any number of servers, as many get a
 * reservation as the account has left. Throws ACCOUNT_LOCKED, after as long as an attempt usually takes,
 * and SERVICE_UNAVAILABLE while attempts in progress hold all reservations.
 */
export async function reserveAttempt(
  call: CallContext,
  attempt: AttemptTarget & { readonly seen: SeenAccount },
  startedAtMs: number,
): Promise<AttemptReservation> {
  const { db, config, attemptDurations, uncertainAttempts } = call.deps;
  const { device, knownDevices } = attempt.seen;
  const id = randomUUID();
  const { email } = attempt;
  const { lockoutPolicy: policy } = config;
  const hasTakenBack = await uncertainAttempts.resolve(email);
  let seen = hasTakenBack ? await readLockout(db, email) : attempt.seen.lockout;
  for (let waitMs = FIRST_WAIT_MS; ; seen = await readLockout(db, email)) {
    const now = call.deps.now();
    const nowMs = now.getTime();
    const asked = { id, device, knownDevices };
    const decision = decideReservation(seen.lockout, asked, policy, nowMs);
    if (decision.kind === 'reserved') {
      const change = toLockoutChange(policy, { email, lockout: decision.next, now });
      const version = await compareAndSetLockout(db, seen, change).catch((fault: unknown) => {
        takeBack(call, { email, id, failed: null });
        throw fault;
      });
      if (version !== null) {
        const held = { lockout: decision.next, version };
        const isSeenCurrent = seen === attempt.seen.lockout;
        return createReservation(call, attempt, { id, device, isSeenCurrent, held });
      }
    } else if (decision.kind === 'locked') {
      if (decision.isLasting) await tellOfLastingLock(call.deps, attempt);
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

interface Reserved {
  readonly id: string;
  readonly device: string | null;
  readonly isSeenCurrent: boolean;
  /** The lockout as the reservation left it. */
  readonly held: SeenLockout;
}

function createReservation(
  call: CallContext,
  attempt: AttemptTarget,
  { id, device, isSeenCurrent, held }: Reserved,
): AttemptReservation {
  const { config, faultTrace, log, now } = call.deps;
  const { lockoutPolicy: policy } = config;
  const { email } = attempt;
  const decide = (seen: SeenLockout, outcome: AttemptOutcome, at: Date) =>
    decideSettlement(seen.lockout, id, outcome, policy, at.getTime());

  return {
    device,
    isSeenCurrent,
    succeed: (db, writes) => settle(db, 'succeeded', () => writes),
    fail: (onLock) =>
      settle(call.deps.db, 'failed', (hasLocked) => (hasLocked ? onLock : undefined)),
    async release() {
      // In a scope of its own: its failure says nothing that the call's own fault hasn't said.
      const released = faultTrace.run(undo).catch((error: unknown) => {
        log.debug({ err: error }, 'the reservation of an attempt was left to lapse');
      });
      await Promise.race([released, delay(RELEASE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };

  async function settle(
    db: Kysely<Database>,
    outcome: 'failed' | 'succeeded',
    decideWrites: (hasLocked: boolean) => SuccessWrites | undefined,
  ): Promise<void> {
    const { address } = call.request;
    const successful = outcome === 'succeeded';
    for (let seen = held; ; seen = await readLockout(db, email)) {
      const at = now();
      const decision = decide(seen, outcome, at);
      if (decision.kind === 'lapsed' || seen.version === null) throw refuseForNow(0);
      const next = toLockoutChange(policy, { email, lockout: decision.next, now: at });
      const change = { ...next, version: seen.version };
      const settled = { id, address, successful, method: attempt.method, at };
      const writes = decideWrites(decision.hasLocked);
      const isSettled = await settleLockout(db, change, settled, writes).catch((fault: unknown) => {
        // The caller isn't told that it failed, so it mustn't have counted.
        if (!successful) takeBack(call, { email, id, failed: { from: seen.lockout, at } });
        throw fault;
      });
      if (isSettled) return;
    }
  }

  async function undo(): Promise<void> {
    const { db } = call.deps;
    for (let seen = held; ; seen = await readLockout(db, email)) {
      const decision = decide(seen, 'released', now());
      if (decision.kind === 'lapsed') return;
      const change = toLockoutChange(policy, { email, lockout: decision.next, now: now() });
      if ((await compareAndSetLockout(db, seen, change)) !== null) return;
    }
  }
}

/** For when the answer of the database was lost. */
function takeBack({ deps }: CallContext, attempt: UncertainAttempt): void {
  deps.uncertainAttempts.add(attempt.email, () => takeBackAttempt(deps, attempt));
}

function refuseForNow(waitMs: number): AuthError {
  return new AuthError('SERVICE_UNAVAILABLE', {
    retryAfterSec: Math.max(1, Math.ceil(waitMs / 1000)),
    cause: new Error(
      'Other attempts on this account are still in progress, or this one took too long',
    ),
  });
}
