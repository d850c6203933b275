import { classifyWithFaults } from '@mana/auth-core/errors/classify/classify-from-error';
import { errorTable } from '@mana/auth-core/errors/codes/codes';
import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import { type ConsumedAttempt, consumeOrThrow } from '../../../rate-limits/consume-or-throw.ts';
import type { CallContext } from '../../../trpc/context.ts';
import { findKnownDevice } from '../known-device.service.ts';
import { countDevices } from '../known-devices.repository.ts';
import { readLockout } from './lockouts.repository.ts';
import {
  type AttemptReservation,
  type AttemptTarget,
  reserveAttempt,
  type SeenAccount,
} from './reserve-attempt.ts';
import { tellOfLock } from './unlock.service.ts';

/** An attempt whose secret is being checked: it can be settled as successful. */
export type GuardedAttempt = Pick<AttemptReservation, 'device' | 'isSeenCurrent' | 'succeed'>;

/**
 * Every attempt to prove a secret goes through here. It reserves one of the account's few attempts before
 * the secret is checked, in a committed statement of its own; then `check` does that, and no outcome is
 * revealed before it is settled.
 *
 * An error whose code counts toward lockout (see the error table) settles the attempt as failed. Anything
 * else releases the reservation; if even that fails, it lapses by itself, so a fault counts for nothing.
 *
 * Throws ACCOUNT_LOCKED after as long as checking takes, RATE_LIMITED for a network with too many
 * failures, and SERVICE_UNAVAILABLE while attempts in progress hold all reservations.
 */
export async function withLockout<T>(
  call: CallContext,
  attempt: AttemptTarget,
  check: (attempt: GuardedAttempt) => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  if (attempt.userId !== null) call.setAuditSubject(attempt.userId);
  const seen = attempt.seen ?? (await readAccount(call, attempt));
  // The network's limit locks nobody out of their own browser.
  const consumed = seen.device === null ? await consumeNetworkRateLimit(call) : undefined;
  const reservation = await reserveAttempt(call, { ...attempt, seen }, startedAtMs).catch(
    async (error) => {
      await consumed?.release();
      throw error;
    },
  );
  let isSettled = false;
  try {
    const value = await check({
      ...reservation,
      async succeed(db, writes) {
        await reservation.succeed(db, writes);
        isSettled = true;
      },
    });
    if (!isSettled) await reservation.release();
    await consumed?.release();
    return value;
  } catch (error) {
    const failure = classifyWithFaults(error, call.seenFaults());
    if (errorTable[failure.code].countsTowardLockout) {
      await reservation.fail(tellOfLock(call.deps, attempt)).catch(async (fault: unknown) => {
        await consumed?.release();
        throw fault;
      });
      call.deps.attemptDurations.record(performance.now() - startedAtMs);
    } else {
      await consumed?.release();
      await reservation.release();
    }
    throw failure;
  }
}

async function readAccount(
  call: CallContext,
  { email, userId }: AttemptTarget,
): Promise<SeenAccount> {
  const { db } = call.deps;
  const device = userId === null ? null : await findKnownDevice(call, userId);
  const knownDevices = userId === null ? 0 : await countDevices(db, userId);
  return { device, knownDevices, lockout: await readLockout(db, email) };
}

/**
 * Counts one attempt against the client's network (IPv6 by /64; callers without an address share one), so
 * that nobody tries one password on every account. Released unless the attempt fails. Throws RATE_LIMITED.
 */
async function consumeNetworkRateLimit({ deps, request }: CallContext): Promise<ConsumedAttempt> {
  const key = `failed-attempts:${toClientNetwork(request.address)}`;
  const limit = { key, policy: deps.config.networkFailurePolicy };
  return consumeOrThrow(deps.networkRateLimits, limit, deps.now);
}
