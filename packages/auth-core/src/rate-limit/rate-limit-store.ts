import type { Policy } from './policy.ts';

export type Consumption =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAtMs: number };

/**
 * Counts attempts by key, as `decideConsumption` says. Every call is atomic for its key: of many at once
 * exactly the limit is allowed. A key goes with one policy; time is the caller's, and runs forwards.
 *
 * `throttle-store.contract.ts` holds what every implementation has to pass.
 */
export interface RateLimitStore {
  /** Counts one attempt, or refuses it and leaves everything as it was. */
  consume(key: string, policy: Policy, nowMs: number): Promise<Consumption>;
  /** Takes back one attempt that was allowed, and ends the pause that rested on it. */
  release(key: string, policy: Policy, nowMs: number): Promise<void>;
  /** Forgets the key, its pause too. */
  clear(key: string): Promise<void>;
}
