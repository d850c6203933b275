import { toClientNetwork } from '@mana/auth-core/rate-limit/client-network';
import type { RateLimitPolicy, RateLimitStore } from '@mana/auth-core/rate-limit/rate-limit-store';
import { consumeOrThrow } from './consume-or-throw.ts';

const WINDOW_MS = 60_000;
/** The limit for guarded calls is this fraction of the limit for the others. */
const GUARDED_DIVISOR = 10;

/** `guarded` calls check a secret or send a mail. */
export type CallKind = 'plain' | 'guarded';

/** Counts calls by client network (IPv6 by /64); those without an address share one count. */
export interface CallLimits {
  /** Counts one call. Throws RATE_LIMITED with the wait when it is one too many. */
  count(kind: CallKind, address: string | null): Promise<void>;
}

interface CallLimitsOptions {
  readonly store: RateLimitStore;
  readonly callsPerMinute: number;
  readonly now: () => Date;
}

/** Limits what one client network may call in a minute, guarded calls to a tenth of the others. */
export function createCallLimits({ store, callsPerMinute, now }: CallLimitsOptions): CallLimits {
  const guardedPerMinute = Math.ceil(callsPerMinute / GUARDED_DIVISOR);
  const policies: Record<CallKind, RateLimitPolicy> = {
    plain: { limit: callsPerMinute, windowMs: WINDOW_MS, pauseMs: 0 },
    guarded: { limit: guardedPerMinute, windowMs: WINDOW_MS, pauseMs: 0 },
  };
  return {
    async count(kind, address) {
      const key = `${kind} calls of ${toClientNetwork(address)}`;
      await consumeOrThrow(store, { key, policy: policies[kind] }, now);
    },
  };
}
