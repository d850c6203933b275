import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import type { RateLimitPolicy, RateLimitStore } from '@mana/auth-core/rate-limit/rate-limit-store';

/** One attempt that was counted. */
export interface ConsumedAttempt {
  /** Takes it back, where it came to nothing through a fault, or was no failure after all. */
  release(): Promise<void>;
}

/**
 * Counts one attempt on the key, and answers how to take it back. Throws RATE_LIMITED, with at least a
 * second to wait, for one too many.
 */
export async function consumeOrThrow(
  store: RateLimitStore,
  { key, policy }: { readonly key: string; readonly policy: RateLimitPolicy },
  now: () => Date,
): Promise<ConsumedAttempt> {
  const nowMs = now().getTime();
  const consumption = await store.consume(key, policy, nowMs);
  if (!consumption.allowed) {
    const retryAfterSec = Math.max(1, Math.ceil((consumption.retryAtMs - nowMs) / 1000));
    throw new AuthError('RATE_LIMITED', { retryAfterSec });
  }
  return { release: () => store.release(key, policy, now().getTime()) };
}
