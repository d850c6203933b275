import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import type { RateLimitPolicy } from '@mana/auth-core/rate-limit/rate-limit-store';
import { type ConsumedAttempt, consumeOrThrow } from '../../rate-limits/consume-or-throw.ts';
import type { CallContext } from '../../trpc/context.ts';

const MINUTE_MS = 60_000;
/** For the options of one client network. */
const OPTIONS_POLICY: RateLimitPolicy = { limit: 20, windowMs: MINUTE_MS, pauseMs: 0 };
/** For the failed verifications of one credential by one verifier; a pause begins with the last of them. */
const FAILURE_POLICY: RateLimitPolicy = { limit: 10, windowMs: MINUTE_MS, pauseMs: 5 * MINUTE_MS };

/**
 * Makes one set of options, counted for the client's network (IPv6 by /64) unless making it fails.
 * Throws RATE_LIMITED.
 */
export async function withOptionsRateLimit<T>(
  { deps, request }: CallContext,
  make: () => Promise<T>,
): Promise<T> {
  const limit = {
    key: `passkey-options:${toClientNetwork(request.address)}`,
    policy: OPTIONS_POLICY,
  };
  const consumed = await consumeOrThrow(deps.networkRateLimits, limit, deps.now);
  return make().catch(async (error: unknown) => {
    await consumed.release();
    throw error;
  });
}

/**
 * Who presents a passkey: its owner in their own session, or on a device that their account knows, or somebody
 * of whom only the network is known. Whoever has seen a credential's id can fail with it, and pauses it for
 * their own network alone.
 */
export type Presenter = { readonly session: string } | { readonly device: string } | 'stranger';

/**
 * Counts one verification against a known credential, so that made-up ids fill no store, and its presenter.
 * The caller releases it unless the verification fails. Throws RATE_LIMITED.
 */
export async function consumeVerificationRateLimit(
  { deps, request }: CallContext,
  { passkeyId, presenter }: { readonly passkeyId: string; readonly presenter: Presenter },
): Promise<ConsumedAttempt> {
  const source =
    presenter === 'stranger' ? { network: toClientNetwork(request.address) } : presenter;
  const limit = { key: JSON.stringify({ passkeyId, ...source }), policy: FAILURE_POLICY };
  return consumeOrThrow(deps.passkeyRateLimits, limit, deps.now);
}
