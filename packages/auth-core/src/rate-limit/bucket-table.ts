import { bucketEndsAtMs, EMPTY_BUCKET, type MutableBucket } from './decide-consumption.ts';
import type { RateLimitPolicy } from './rate-limit-store.ts';
import { SlotQueues } from './slot-queues.ts';

/** The danger of a key is how much of its limit is used up, in eighths. At its limit it is full. */
const FULL = 8;
const FREE = FULL + 1;
/** How many keys are searched for one that no longer counts, before one that does is evicted. */
const KEYS_LOOKED_AT = 8;

/** A key's bucket, and its slot in the table. */
export interface TableEntry extends MutableBucket {
  key: string;
  readonly slot: number;
}

/**
 * Buckets by key, in a fixed number of slots; every call takes about the same short time.
 *
 * A new key that finds no free slot takes that of a key that no longer counts, else that of the least
 * dangerous one; never that of a full one, nor of one in more danger than itself.
 */
export class BucketTable {
  readonly #byKey = new Map<string, TableEntry>();
  /** Each is made when its slot is first taken: a hundred thousand at once would hold up the start. */
  readonly #bySlot: (TableEntry | undefined)[];
  readonly #queues: SlotQueues;
  #hand = 0;

  constructor(slots: number) {
    this.#bySlot = new Array<TableEntry | undefined>(slots).fill(undefined);
    this.#queues = new SlotQueues(slots, FREE + 1);
    for (let slot = 0; slot < slots; slot += 1) this.#queues.move(slot, FREE);
  }

  find(key: string): TableEntry | undefined {
    return this.#byKey.get(key);
  }

  /** An empty bucket for a new key, or undefined where there is no room. */
  claim(key: string, policy: RateLimitPolicy, nowMs: number): TableEntry | undefined {
    const entry =
      this.#findFirst(FREE, FREE) ??
      this.#findEnded(nowMs) ??
      this.#findFirst(0, Math.min(toDanger(1, policy), FULL - 1));
    if (entry === undefined) return undefined;
    this.free(entry);
    entry.key = key;
    this.#byKey.set(key, entry);
    return entry;
  }

  /** To be called after each change of its bucket. */
  rank(entry: TableEntry, policy: RateLimitPolicy): void {
    this.#queues.move(entry.slot, toDanger(entry.count, policy));
  }

  free(entry: TableEntry): void {
    this.#byKey.delete(entry.key);
    Object.assign(entry, EMPTY_BUCKET);
    this.#queues.move(entry.slot, FREE);
  }

  #findFirst(from: number, to: number): TableEntry | undefined {
    for (let queue = from; queue <= to; queue += 1) {
      const slot = this.#queues.first(queue);
      if (slot !== undefined) return this.#entryAt(slot);
    }
    return undefined;
  }

  #entryAt(slot: number): TableEntry {
    const entry = this.#bySlot[slot] ?? { key: '', slot, ...EMPTY_BUCKET };
    this.#bySlot[slot] = entry;
    return entry;
  }

  /** Continues where it stopped last time, so that it reaches every key in the end. */
  #findEnded(nowMs: number): TableEntry | undefined {
    for (let looks = 0; looks < KEYS_LOOKED_AT; looks += 1) {
      this.#hand = (this.#hand + 1) % this.#bySlot.length;
      const entry = this.#bySlot[this.#hand];
      if (entry !== undefined && nowMs >= bucketEndsAtMs(entry)) return entry;
    }
    return undefined;
  }
}

function toDanger(count: number, { limit }: RateLimitPolicy): number {
  return Math.floor((Math.min(count, limit) / limit) * FULL);
}
