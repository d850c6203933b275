/** How many attempts on a key fit into a time. */
export interface Policy {
  /** Attempts in a window; at least 1. */
  readonly limit: number;
  /** A window begins with its first attempt. */
  readonly windowMs: number;
  /** The pause that begins with the attempt that reaches the limit; 0: the wait ends with the window. */
  readonly pauseMs: number;
}
