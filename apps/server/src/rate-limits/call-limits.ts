import { AuthError } from '@mana/auth-core/errors/codes/auth-error';
import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import type { RateLimitPolicy, RateLimitStore } from '@mana/auth-core/rate-limit/rate-limit-store';

const WINDOW_MS = 60_000;
/** Calls that check a secret or send a mail get this part of what the others get. */
const GUARDED_PART = 10;

/** `guarded` calls check a secret or send a mail. */
export type CallKind = 'plain' | 'guarded';

/** Counts calls by client network (IPv6 by /64); those without an address share one count. */
export interface CallLimits {
  /** Counts one call. Throws RATE_LIMITED with the wait when it is one too many. */
  count(kind: CallKind, address: string | null): Promise<void>;
}

export interface CallLimitsOptions {
  readonly store: RateLimitStore;
  readonly callsPerMinute: number;
  readonly now: () => Date;
}

export function createCallLimits({ store, callsPerMinute, now }: CallLimitsOptions): CallLimits {
  const policies: Record<CallKind, RateLimitPolicy> = {
    plain: { limit: callsPerMinute, windowMs: WINDOW_MS, pauseMs: 0 },
    guarded: { limit: Math.ceil(callsPerMinute / GUARDED_PART), windowMs: WINDOW_MS, pauseMs: 0 },
  };
  return {
    async count(kind, address) {
      const nowMs = now().getTime();
      const key = `${kind} calls of ${toClientNetwork(address)}`;
      const consumption = await store.consume(key, policies[kind], nowMs);
      if (consumption.allowed) return;
      throw new AuthError('RATE_LIMITED', {
        retryAfterSec: Math.ceil((consumption.retryAtMs - nowMs) / 1000),
      });
    },
  };
}
