import { classifyWithFaults } from '@mana/auth-core/errors/classify/classify-from-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import type { Database } from '@mana/db/schema/database';
import type { Kysely } from 'kysely';
import type { SuccessWrites } from '../../../sessions/settle-attempt.repository.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { findKnownDevice } from '../sign-in/known-device.ts';
import type { Attempt, AttemptReservation, SeenAccount } from './attempt.ts';
import { notifyOwnerOfLock } from './lockout.mails.ts';
import { readLockout } from './lockouts.repository.ts';
import { consumeNetworkRateLimit } from './network-failures.ts';
import { reserveAttempt } from './reserve-attempt.ts';

export interface GuardedAttempt {
  /** The caller's device, if the account knows it. */
  readonly device: string | null;
  /** False where the account may have changed since it was seen: judge it as it is now. */
  readonly isSeenCurrent: boolean;
  /**
   * Settles the guess as right, in one statement with `writes`; may be part of a transaction. Throws
   * SERVICE_UNAVAILABLE where judging took so long that the place was lost: nothing is written then.
   */
  succeed(db: Kysely<Database>, writes?: SuccessWrites): Promise<void>;
}

/**
 * Every guess of a secret goes through here. It takes one of the few places before the secret is judged,
 * in a committed statement of its own; `judge` does that, and no outcome is answered that isn't settled.
 *
 * An error whose code counts toward lockout (see the error table) settles the guess as failed. Whatever
 * else happens gives the place back, and if even that fails, it lapses by itself: a fault counts nowhere.
 *
 * Throws ACCOUNT_LOCKED in the time that judging takes, RATE_LIMITED for a network with too many failures,
 * and SERVICE_UNAVAILABLE while guesses under way hold all places.
 */
export async function withLockout<T>(
  call: CallContext,
  guess: Attempt,
  judge: (reservation: GuardedAttempt) => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  if (guess.userId !== null) call.setAuditSubject(guess.userId);
  const seen = guess.seen ?? (await readAccount(call, guess));
  // The limit for a network keeps nobody from their own browser.
  const turn = seen.device === null ? await consumeNetworkRateLimit(call) : undefined;
  const place = await reserveAttempt(call, { ...guess, seen }, startedAtMs).catch(async (error) => {
    await turn?.release();
    throw error;
  });
  let isSettled = false;
  try {
    const value = await judge({
      device: seen.device,
      isSeenCurrent: place.isSeenCurrent,
      async succeed(db, writes) {
        await place.settle(db, 'succeeded', writes);
        isSettled = true;
      },
    });
    if (!isSettled) await place.release();
    await turn?.release();
    return value;
  } catch (error) {
    const failure = classifyWithFaults(error, call.seenFaults());
    if (errorTable[failure.code].countsTowardLockout) {
      await settleFailure(call, guess, place).catch(async (fault: unknown) => {
        await turn?.release();
        throw fault;
      });
      call.deps.attemptDurations.record(performance.now() - startedAtMs);
    } else {
      await turn?.release();
      await place.release();
    }
    throw failure;
  }
}

async function readAccount(call: CallContext, guess: Attempt): Promise<SeenAccount> {
  const { db } = call.deps;
  const device = guess.userId === null ? null : await findKnownDevice(call, guess.userId);
  return { device, lockout: await readLockout(db, guess.email) };
}

async function settleFailure(
  call: CallContext,
  guess: Attempt,
  place: AttemptReservation,
): Promise<void> {
  const { hasLocked } = await place.settle(call.deps.db, 'failed');
  if (hasLocked && guess.userId !== null) await notifyOwnerOfLock(call.deps, guess.email);
}
