/** How many calls a key may make, and how long it waits after that. */
export interface RateLimitPolicy {
  /** Calls in a window; at least 1. */
  readonly limit: number;
  /** A window begins with its first call. */
  readonly windowMs: number;
  /** The pause that begins with the call that reaches the limit; 0: the wait ends with the window. */
  readonly pauseMs: number;
}

/** Whether a call was counted, and if not, when to try again. */
export type Consumption =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAtMs: number };

/**
 * Counts calls by key, as `decideConsumption` says. Every method is atomic for its key: of many calls at
 * once exactly the limit is allowed. A key keeps to one policy; the caller brings the time, which runs
 * forwards.
 *
 * `rate-limit-store.contract.ts` holds what every implementation must pass.
 */
export interface RateLimitStore {
  /** Counts one call, or refuses it and leaves everything as it was. */
  consume(key: string, policy: RateLimitPolicy, nowMs: number): Promise<Consumption>;
  /** Takes back one call that was allowed, and ends the pause that it led to. */
  release(key: string, policy: RateLimitPolicy, nowMs: number): Promise<void>;
  /** Forgets the key, and its pause with it. */
  clear(key: string): Promise<void>;
}
