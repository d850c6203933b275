const NOWHERE = -1;

/**
 * Queues over the slots 0 … `slots` − 1, each of which is in at most one queue. First in, first out, and a
 * slot can move from anywhere in its queue; every call takes the same short time and allocates nothing.
 *
 * Each queue is a ring of links that begins and ends at a node of its own, after the slots.
 */
export class SlotQueues {
  readonly #slots: number;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #queueOf: Int8Array;

  constructor(slots: number, queues: number) {
    this.#slots = slots;
    this.#before = new Int32Array(slots + queues);
    for (let node = 0; node < slots + queues; node += 1) this.#before[node] = node;
    this.#after = this.#before.slice();
    this.#queueOf = new Int8Array(slots).fill(NOWHERE);
  }

  first(queue: number): number | undefined {
    const slot = this.#after[this.#slots + queue] ?? NOWHERE;
    return slot < this.#slots ? slot : undefined;
  }

  /** Puts the slot at the queue's end; if it is in that queue already, it stays where it is. */
  move(slot: number, queue: number): void {
    if (this.#queueOf[slot] === queue) return;
    this.#queueOf[slot] = queue;
    this.#link(this.#before[slot] ?? slot, this.#after[slot] ?? slot);
    const end = this.#slots + queue;
    this.#link(this.#before[end] ?? end, slot);
    this.#link(slot, end);
  }

  #link(before: number, after: number): void {
    this.#after[before] = after;
    this.#before[after] = before;
  }
}
