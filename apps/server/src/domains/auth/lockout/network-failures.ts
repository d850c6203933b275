import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import type { CallContext } from '../../../trpc/context.ts';

/**
 * Counts one guess against the client's network (IPv6 by /64; callers without an address share one), so
 * that nobody tries one password on every account. It is given back unless it fails. Throws RATE_LIMITED.
 */
export async function consumeNetworkRateLimit(
  call: CallContext,
): Promise<{ release(): Promise<void> }> {
  const { config, now, networkRateLimits } = call.deps;
  const key = `failed-guesses:${toClientNetwork(call.request.address)}`;
  const policy = config.networkFailurePolicy;
  const nowMs = now().getTime();
  const consumption = await networkRateLimits.consume(key, policy, nowMs);
  if (!consumption.allowed) {
    const retryAfterSec = Math.max(1, Math.ceil((consumption.retryAtMs - nowMs) / 1000));
    throw new AuthError('RATE_LIMITED', { retryAfterSec });
  }
  return { release: () => networkRateLimits.release(key, policy, now().getTime()) };
}
