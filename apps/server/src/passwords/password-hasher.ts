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

interface PasswordHasherOptions {
  readonly cost: HashCost;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  /** Of its own where none is given. */
  readonly refusalDurations?: RefusalDurations;
}

/**
 * Hashes and verifies passwords off the main thread: a bounded number at once, and a bounded number waiting,
 * in order of arrival. Beyond that every call throws SERVICE_UNAVAILABLE with a time to wait, having done
 * nothing.
 */
export interface PasswordHasher {
  /** A PHC string at the configured cost. */
  hash(password: string): Promise<string>;
  /**
   * Answers true at once, but false no sooner than for the slowest kind of hash seen, so that time doesn't
   * reveal an older hash. Throws an `Error` if the stored hash is damaged.
   */
  verify(stored: { hash: string; password: string }): Promise<boolean>;
  /** Does the work of `verify` for an account that doesn't exist, so that time doesn't reveal it. */
  verifyDummyPassword(password: string): Promise<void>;
  /** Whether a stored hash is cheaper to attack than the configured cost. Throws if `verify` does. */
  needsRehash(hash: string): boolean;
}

/** Salt and tag of no password: nobody knows a preimage of 32 zero bytes. */
const DUMMY_SALT_AND_TAG = `${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Makes a hasher with its own queue. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { cost, maxConcurrent, maxWaiting, refusalDurations = createRefusalDurations() } = options;
  const queue = createWorkQueue({ work: 'password hashes', maxConcurrent, maxWaiting });
  const dummyHash = `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=1$${DUMMY_SALT_AND_TAG}`;

  return {
    hash: (password) => queue.run(() => hashPassword(password, cost)),
    verify,
    async verifyDummyPassword(password) {
      await verify({ hash: dummyHash, password });
    },
    needsRehash: (hash) => needsRehash(hash, cost),
  };

  /** A refusal waits outside the queue, so that others can hash meanwhile. */
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
