import { describe, expect, it } from 'vitest';
import { createWorkQueue } from './work-queue.ts';

/** Work that ends when it is told to, and the order in which it began. */
function createWork() {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  return {
    begun,
    piece: (id: number) => () =>
      new Promise<number>((resolve, reject) => {
        begun.push(id);
        ends[id] = (error) => (error ? reject(error) : resolve(id));
      }),
    end(id: number, error?: Error) {
      ends[id]?.(error);
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function createQueue(maxConcurrent: number, maxWaiting: number) {
  return createWorkQueue({ work: 'pieces', maxConcurrent, maxWaiting });
}

describe('the work queue', () => {
  it('starts the limit at once, and the rest in order of arrival', async () => {
    const queue = createQueue(2, 10);
    const work = createWork();
    const results = [0, 1, 2, 3, 4].map((id) => queue.run(work.piece(id)));
    await settled();
    expect(work.begun).toEqual([0, 1]);
    work.end(1);
    await settled();
    expect(work.begun).toEqual([0, 1, 2]);
    work.end(0);
    work.end(2);
    await settled();
    expect(work.begun).toEqual([0, 1, 2, 3, 4]);
    work.end(3);
    work.end(4);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses at once when it is full, and accepts work again once it has room', async () => {
    const queue = createQueue(1, 2);
    const work = createWork();
    const accepted = [0, 1, 2].map((id) => queue.run(work.piece(id)));
    await expect(queue.run(work.piece(3))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSec: 1,
    });
    await settled();
    work.end(0);
    await settled();
    accepted.push(queue.run(work.piece(4)));
    await expect(queue.run(work.piece(5))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSec: 1,
    });
    for (const id of [1, 2, 4]) {
      await settled();
      work.end(id);
    }
    expect(await Promise.all(accepted)).toEqual([0, 1, 2, 4]);
    expect(work.begun).toEqual([0, 1, 2, 4]);
  });

  it('continues with the next piece after one fails', async () => {
    const queue = createQueue(1, 1);
    const work = createWork();
    const [first, second] = [queue.run(work.piece(0)), queue.run(work.piece(1))];
    await settled();
    work.end(0, new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await settled();
    work.end(1);
    expect(await second).toBe(1);
  });

  it('continues with the next piece after one throws before it starts', async () => {
    const queue = createQueue(1, 0);
    const broken = () => {
      throw new Error('broken');
    };
    await expect(queue.run(broken)).rejects.toThrow('broken');
    expect(await queue.run(async () => 'done')).toBe('done');
  });

  it('lets nobody slip in ahead of whoever has waited longest', async () => {
    const queue = createQueue(1, 2);
    const work = createWork();
    const first = queue.run(work.piece(0));
    const waiting = queue.run(work.piece(1));
    await settled();
    work.end(0);
    const late = first.then(() => queue.run(work.piece(2)));
    await settled();
    expect(work.begun).toEqual([0, 1]);
    work.end(1);
    await waiting;
    await settled();
    work.end(2);
    expect(await late).toBe(2);
  });

  it('says in whole seconds when it should be empty, judging by how long its work has taken', async () => {
    const queue = createQueue(1, 2);
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 600));
    await queue.run(slow);
    const running = [queue.run(slow), queue.run(slow), queue.run(slow)];
    await expect(queue.run(slow)).rejects.toMatchObject({ retryAfterSec: 2 });
    await Promise.all(running);
  });
});
