import { describe, expect, it } from 'vitest';
import { SlotQueues } from './slot-queues.ts';

/** Empties a queue into another and returns the slots in order. */
function drain(queues: SlotQueues, from: number, to: number): number[] {
  const slots: number[] = [];
  for (let slot = queues.first(from); slot !== undefined; slot = queues.first(from)) {
    slots.push(slot);
    queues.move(slot, to);
  }
  return slots;
}

describe('SlotQueues', () => {
  it('returns first what came first, in each queue', () => {
    const queues = new SlotQueues(6, 3);
    for (const slot of [4, 0, 2]) queues.move(slot, 0);
    for (const slot of [5, 1]) queues.move(slot, 1);
    expect(drain(queues, 1, 2)).toEqual([5, 1]);
    expect(drain(queues, 0, 2)).toEqual([4, 0, 2]);
    expect(drain(queues, 2, 0)).toEqual([5, 1, 4, 0, 2]);
    expect(queues.first(1)).toBeUndefined();
  });

  it('lets a slot go from the middle, and puts it at the end when it comes back', () => {
    const queues = new SlotQueues(3, 2);
    for (const slot of [0, 1, 2]) queues.move(slot, 0);
    queues.move(1, 1);
    queues.move(1, 0);
    expect(drain(queues, 0, 1)).toEqual([0, 2, 1]);
  });

  it('leaves a slot where it is when it moves to its own queue', () => {
    const queues = new SlotQueues(3, 2);
    for (const slot of [0, 1, 2, 0]) queues.move(slot, 0);
    expect(drain(queues, 0, 1)).toEqual([0, 1, 2]);
  });
});
