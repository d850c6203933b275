import { availableParallelism } from 'node:os';
import type { HashCost } from './password-hash.ts';

/** Hashes that may wait for each that runs, at OWASP's cost: 2.5 seconds where one takes 40 ms. */
const WAITING_PER_RUNNING = 64;
const OWASP_WORK = 19_456 * 2;

/**
 * How many hashes fit: one for each core, and behind them as many as are done in two or three seconds.
 * A hash that costs more lets fewer wait, so that the wait stays.
 *
 * Hashes run on libuv's threads (`threads`), where names are looked up and files read too: one thread is
 * always left to those, or a storm of sign-ins would hold them up.
 */
export function deriveHashLimits(
  { memoryKib, passes }: HashCost,
  threads: number,
  cores = availableParallelism(),
): { maxConcurrent: number; maxWaiting: number } {
  const maxConcurrent = Math.max(1, Math.min(cores, threads - 1));
  const waiting = Math.ceil((WAITING_PER_RUNNING * OWASP_WORK) / (memoryKib * passes));
  return { maxConcurrent, maxWaiting: waiting * maxConcurrent };
}
