import { BucketTable } from './bucket-table.ts';
import {
  consumeInPlace,
  decideRelease,
  EMPTY_BUCKET,
  type MutableBucket,
} from './decide-consumption.ts';
import type { Consumption, RateLimitPolicy, RateLimitStore } from './rate-limit-store.ts';

const ALLOWED: Promise<Consumption> = Promise.resolve(Object.freeze({ allowed: true }));

/**
 * A store for one process that holds at most `maxKeys` keys, some 250 bytes each, and never throws.
 *
 * When it is full it forgets what no longer counts, then the least dangerous key: a flood of new keys
 * evicts none that is blocked or near its limit. Where only such keys are left, the new keys of a policy
 * are counted together until there is room, so that nobody goes uncounted. Keys that clients can choose
 * freely are best given a store of their own.
 */
export function createMemoryStore({ maxKeys }: { readonly maxKeys: number }): RateLimitStore {
  const table = new BucketTable(maxKeys);
  const shared = new Map<string, MutableBucket>();
  return {
    consume(key, policy, nowMs) {
      const entry = table.find(key) ?? table.claim(key, policy, nowMs);
      const bucket = entry ?? findShared(policy);
      const retryAtMs = consumeInPlace(bucket, policy, nowMs);
      if (retryAtMs !== null) return Promise.resolve({ allowed: false, retryAtMs });
      if (entry !== undefined) table.rank(entry, policy);
      return ALLOWED;
    },

    async release(key, policy, nowMs) {
      const entry = table.find(key);
      if (entry === undefined) return;
      const left = decideRelease(entry, nowMs);
      if (left === null) return table.free(entry);
      Object.assign(entry, left);
      table.rank(entry, policy);
    },

    async clear(key) {
      const entry = table.find(key);
      if (entry !== undefined) table.free(entry);
    },
  };

  function findShared({ limit, windowMs, pauseMs }: RateLimitPolicy): MutableBucket {
    const name = `${limit}/${windowMs}/${pauseMs}`;
    const bucket = shared.get(name) ?? { ...EMPTY_BUCKET };
    shared.set(name, bucket);
    return bucket;
  }
}
