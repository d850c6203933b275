import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import type { RateLimitPolicy, RateLimitStore } from '@mana/auth-core/rate-limit/rate-limit-store';
import type { CallContext } from '../../trpc/context.ts';

const MINUTE_MS = 60_000;
/** For the options of one client network. */
const OPTIONS_POLICY: RateLimitPolicy = { limit: 20, windowMs: MINUTE_MS, pauseMs: 0 };
/** For the failed verifications of one credential; a pause begins with the last of them. */
const FAILURE_POLICY: RateLimitPolicy = { limit: 10, windowMs: MINUTE_MS, pauseMs: 5 * MINUTE_MS };

/** One that was counted. It is given back where it came to nothing for a fault, or to no failure. */
export interface Turn {
  release(): Promise<void>;
}

/**
 * Makes one set of options, counted for the client's network (IPv6 by /64) unless they come to nothing.
 * Throws RATE_LIMITED.
 */
export async function withOptionsRateLimit<T>(
  call: CallContext,
  make: () => Promise<T>,
): Promise<T> {
  const key = `passkey-options:${toClientNetwork(call.request.address)}`;
  const turn = await consume(call, call.deps.networkRateLimits, { key, policy: OPTIONS_POLICY });
  return make().catch(async (error: unknown) => {
    await turn.release();
    throw error;
  });
}

/**
 * Counts one verification against a credential that is known, so that made-up ids fill no store. It is
 * given back unless it fails. Throws RATE_LIMITED.
 */
export async function consumeVerificationRateLimit(
  call: CallContext,
  passkeyId: string,
): Promise<Turn> {
  return consume(call, call.deps.passkeyRateLimits, { key: passkeyId, policy: FAILURE_POLICY });
}

async function consume(
  { deps }: CallContext,
  store: RateLimitStore,
  { key, policy }: { key: string; policy: RateLimitPolicy },
): Promise<Turn> {
  const nowMs = deps.now().getTime();
  const consumption = await store.consume(key, policy, nowMs);
  if (consumption.allowed) {
    return { release: () => store.release(key, policy, deps.now().getTime()) };
  }
  const retryAfterSec = Math.max(1, Math.ceil((consumption.retryAtMs - nowMs) / 1000));
  throw new AuthError('RATE_LIMITED', { retryAfterSec });
}
