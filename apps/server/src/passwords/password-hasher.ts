import { setTimeout as delay } from 'node:timers/promises';
import { createWorkQueue } from '../rate-limits/work-queue.ts';
import {
  createRefusalDurations,
  type RefusalDurations,
} from '../timing-equalisation/refusal-durations.ts';
import type { HashCost } from './password-hash.ts';
import {
  describeHashKind,
  hashPassword,
  needsRehash,
  verifyPasswordHash,
} from './password-hash.ts';

/** What a hash costs, and how many run and wait at a time. */
export interface PasswordHasherOptions {
  readonly cost: HashCost;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  /** Defaults to an instance of its own. */
  readonly refusalDurations?: RefusalDurations;
}

/**
 * Hashes and verifies passwords off the main thread: a bounded number at once, and a bounded number waiting in
 * order of arrival. Beyond that every call throws SERVICE_UNAVAILABLE with a time to wait, having done
 * nothing.
 */
export interface PasswordHasher {
  /** A PHC string at the configured cost. */
  hash(password: string): Promise<string>;
  /**
   * A wrong password takes as long as the slowest kind of hash seen so far, so that the time doesn't reveal
   * an older hash; a right one returns at once. Throws an `Error` for a damaged stored hash.
   */
  verify(stored: { hash: string; password: string }): Promise<boolean>;
  /** The work of `verify` for an account that isn't there, so that time doesn't tell. */
  verifyDummyPassword(password: string): Promise<void>;
  /** Whether a stored hash is cheaper to guess than the configured cost. Throws where `verify` does. */
  needsRehash(hash: string): boolean;
}

/** The hash of no password: nobody knows a preimage of 32 zero bytes. */
const DUMMY_SALT_AND_TAG = `${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** A hasher with a queue of its own. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { cost, maxConcurrent, maxWaiting, refusalDurations = createRefusalDurations() } = options;
  const queue = createWorkQueue({ work: 'password hashes', maxConcurrent, maxWaiting });
  const nothing = `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=1$${DUMMY_SALT_AND_TAG}`;

  return {
    hash: (password) => queue.run(() => hashPassword(password, cost)),
    verify,
    async verifyDummyPassword(password) {
      await verify({ hash: nothing, password });
    },
    needsRehash: (hash) => needsRehash(hash, cost),
  };

  /** A refusal waits outside the queue: others hash meanwhile. */
  async function verify(stored: { hash: string; password: string }): Promise<boolean> {
    const { isRight, tookMs } = await queue.run(async () => {
      const startedAtMs = performance.now();
      const isRight = await verifyPasswordHash(stored);
      return { isRight, tookMs: performance.now() - startedAtMs };
    });
    refusalDurations.record(describeHashKind(stored.hash), tookMs);
    const leftMs = isRight ? 0 : refusalDurations.remainingMs(tookMs);
    if (leftMs > 0) await delay(leftMs);
    return isRight;
  }
}
