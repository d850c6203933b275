import { AuthError } from '@mana/auth-core/errors/auth-error';
import { toClientNetwork } from '@mana/auth-core/throttle/client-network';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW_SECONDS = 60;
/** Calls that check a secret or send a mail get this part of what the others get. */
const GUARDED_PART = 10;

/** `guarded` calls check a secret or send a mail. */
export type CallKind = 'plain' | 'guarded';

/** Counts calls by client network (IPv6 by /64); those without an address share one count. */
export interface CallLimits {
  /** Counts one call. Throws RATE_LIMITED with the wait when it is one too many. */
  count(kind: CallKind, address: string | null): Promise<void>;
}

export function createCallLimits(callsPerMinute: number): CallLimits {
  const limiters: Record<CallKind, RateLimiterMemory> = {
    plain: new RateLimiterMemory({ points: callsPerMinute, duration: WINDOW_SECONDS }),
    guarded: new RateLimiterMemory({
      points: Math.ceil(callsPerMinute / GUARDED_PART),
      duration: WINDOW_SECONDS,
    }),
  };
  return {
    async count(kind, address) {
      try {
        await limiters[kind].consume(toClientNetwork(address));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new AuthError('RATE_LIMITED', {
          retryAfterSec: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
  };
}
