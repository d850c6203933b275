import { availableParallelism } from 'node:os';
import type { HashCost } from './password-hash.ts';

/** How many hashes may wait for each that runs, at OWASP's cost: 2.5 seconds if one takes 40 ms. */
const WAITING_PER_RUNNING = 64;
const OWASP_WORK = 19_456 * 2;

/**
 * How many hashes are accepted: one running for each core, and as many waiting as are done in two or three
 * seconds. With a more expensive hash fewer may wait, so that the wait stays the same.
 *
 * Hashes run on libuv's threads (`threads`), which also look up names and read files: one thread is always
 * left for those, or a flood of sign-ins would hold them up.
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
